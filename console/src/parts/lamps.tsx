// When each source was last heard or read: whether anything still comes in.
import type { Provider } from "../api/documents";
import { ledgerNow } from "../times";
import type { Tone } from "../words";
import { Ago, Moment, Sign } from "./basics";

interface Lamp {
  name: string;
  at: string | null;
  tone: Tone;
}

const HOUR = 3_600_000;

/** After how long what we ask by ourselves is late: the poll asks hourly, its widest query daily, the feed every 23 minutes. */
function lateness(name: string): number {
  if (name.endsWith("any-status")) return 26 * HOUR;
  return name.startsWith("feed") ? 2 * HOUR : 2.2 * HOUR;
}

function lampsOf(provider: Provider): Lamp[] {
  // Who calls us may have nothing to say, so silence is no fault there.
  const heard = Object.entries(provider.heard).map(([name, at]): Lamp => ({ name, at, tone: at && ledgerNow() - Date.parse(at) < HOUR ? "good" : "plain" }));
  const read = [
    ...provider.queries.map((query) => [`poll: ${query.query}`, query.read_at] as const),
    ...provider.feeds.map((feed) => [`feed: ${feed.direction}`, feed.asked_at] as const),
  ].map(([name, at]): Lamp => ({ name, at, tone: at && ledgerNow() - Date.parse(at) < lateness(name) ? "good" : "warn" }));
  return [...heard, ...read];
}

export function Lamps({ providers }: { providers: Provider[] }) {
  return (
    <div class="lamps">
      {providers.map((provider) => (
        <section key={provider.provider} aria-label={provider.provider}>
          <h3>{provider.provider} <small class="muted">{provider.account}</small></h3>
          {provider.login_refused && (
            <p class="problem"><Sign tone="bad" /> Our login was refused <Ago at={provider.login_refused.at} />. It is tried again at <Moment at={provider.login_refused.not_tried_until} />.</p>
          )}
          <ul>
            {lampsOf(provider).map((lamp) => (
              <li key={lamp.name}><Sign tone={lamp.tone} /> <span>{lamp.name}</span> <span class="when">{lamp.at ? <Ago at={lamp.at} /> : "never"}</span></li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
