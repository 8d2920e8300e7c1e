// Everything that is known to have happened to a fax, in its order: who said what, and what followed.
import type { ComponentChildren } from "preact";
import type { Fax, Sighting } from "../api/documents";
import { linkTo } from "../address";
import { Given } from "../shown";
import { toneOf, worded, type Tone } from "../words";
import { Moment, Sign } from "./basics";

interface Entry {
  at: string;
  tone: Tone;
  what: ComponentChildren;
  more?: ComponentChildren;
}

export function Timeline({ of: fax }: { of: Fax }) {
  return (
    <ol class="timeline">
      {entriesOf(fax).map((entry) => (
        <li key={`${entry.at} ${String(entry.what)}`}>
          <span class="when num"><Moment at={entry.at} /></span>
          <span class="what"><Sign tone={entry.tone} /> {entry.what}</span>
          {entry.more}
        </li>
      ))}
    </ol>
  );
}

function entriesOf(fax: Fax): Entry[] {
  const entries: Entry[] = [];
  const add = (at: string | null, tone: Tone, what: ComponentChildren, more?: ComponentChildren) => {
    if (at !== null) entries.push({ at, tone, what, more });
  };
  add(fax.submitted_at, "open", "submitted");
  add(fax.completed_at, "plain", `completed, as ${fax.provider} says`);
  const first = [...fax.sightings].sort(earlier)[0];
  for (const said of fax.sightings) {
    const settles = said.seen_at === fax.settled_at || (said === first && fax.settled_by === said.source);
    const what = <><b>{said.source}</b> said <q>{said.word}</q>{said.status && said.status !== said.word && ` (${worded(said.status)})`}{settles && <strong> and settled it</strong>}</>;
    add(said.seen_at, said.status ? toneOf(said.status) : "warn", what, <WordForWord of={said} />);
  }
  for (const said of fax.unsettling) {
    const why = said.status ? "a hint that nobody has confirmed" : "which is not final";
    add(said.seen_at, said.status ? "open" : "warn", <><b>{said.source}</b> said <q>{said.word}</q>, {why}</>, <WordForWord of={said} />);
  }
  if (fax.conflict) {
    const second = fax.conflict.statements[1];
    if (second && !fax.sightings.some((said) => said.source === second.source && said.seen_at === second.seen_at)) {
      add(second.seen_at, "warn", <><b>{second.source}</b> contradicted: {worded(second.status)}</>, <GivenFields given={second.given} />);
    }
  }
  for (const amendment of fax.amendments) {
    add(amendment.at, toneOf(amendment.status), <><b>{amendment.by}</b> amended it from {worded(amendment.was)} to {worded(amendment.status)}: <q>{amendment.because}</q></>);
  }
  if (fax.content) add(fax.content.stored_at, "good", "its document was stored");
  if (fax.resent_at) add(fax.resent_at, "open", <>resent{fax.resent_as && <> as <a href={linkTo(["faxes", fax.resent_as])}>{fax.resent_as}</a></>}</>);
  for (const delivery of fax.deliveries) {
    add(delivery.delivered_at, "good", `${delivery.event} delivered to ${delivery.route ?? "its own target"} by ${delivery.channel}`);
  }
  return entries.sort((one, other) => earlier({ seen_at: one.at }, { seen_at: other.at }));
}

function earlier(one: { seen_at: string }, other: { seen_at: string }): number {
  return Date.parse(one.seen_at) - Date.parse(other.seen_at);
}

function WordForWord({ of: said }: { of: Sighting }) {
  return (
    <>
      {said.unread.length > 0 && <p class="muted">Of it, {said.unread.map(worded).join(", ")} could not be read or believed.</p>}
      <GivenFields given={said.given} />
    </>
  );
}

export function GivenFields({ given }: { given: Record<string, string> }) {
  const fields = Object.entries(given);
  if (fields.length === 0) return null;
  return (
    <details>
      <summary>Word for word</summary>
      <dl class="given">{fields.map(([name, text]) => <div key={name}><dt>{name}</dt><dd><Given name={name} text={text} /></dd></div>)}</dl>
    </details>
  );
}
