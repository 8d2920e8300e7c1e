// Who was not told, target by target, and having them told after all.
import { useRef } from "preact/hooks";
import { linkTo } from "../address";
import { everyDelivery, MOST_DELIVERIES, redrive, type WhatToRedrive } from "../api/deliveries";
import type { ListedDelivery, Redriven, Route } from "../api/documents";
import { everyRoute, placeOfTarget } from "../api/routes";
import { useAction, useLive } from "../live";
import { Empty, FaxLink, Heading, Moment, Outcome, Table, Waiting, Word } from "../parts/basics";
import { dayAndTime, time } from "../times";
import { counted } from "../words";

const REFRESH = 30;
const MOST_ROWS = 100;

interface OfTarget {
  target: string;
  channel: string;
  route: string | null;
  givenUp: number;
  pending: number;
  oldest: string;
  problem: string | null;
}

export function Deliveries() {
  const givenUp = useLive((signal) => everyDelivery("given_up", signal), [], REFRESH);
  const pending = useLive((signal) => everyDelivery("pending", signal), [], REFRESH);
  const routes = useLive((signal) => everyRoute(signal), [], null);
  // Of two answers one is older: what is pending by now was given up before.
  const areTriedAgain = new Set(pending.value?.map(nameOf));
  const all = [...(givenUp.value ?? []).filter((one) => !areTriedAgain.has(nameOf(one))), ...(pending.value ?? [])];
  const again = () => {
    givenUp.again();
    pending.again();
  };
  return (
    <>
      <Heading title="Deliveries">Deliveries</Heading>
      <Waiting live={givenUp} what="What was given up" />
      <Waiting live={pending} what="What is pending" />
      {givenUp.value && pending.value && all.length === 0 && <Empty>Everybody was told: nothing is pending, nothing was given up. What was delivered stands with its fax.</Empty>}
      {all.length > 0 && (
        <section aria-labelledby="targets">
          <h2 id="targets">By target</h2>
          <div class="cards">{byTarget(all).map((one) => <TargetCard key={one.target} of={one} among={all.length} routes={routes.value ?? []} again={again} />)}</div>
        </section>
      )}
      {all.length > 0 && <Listed of={all} />}
      {(givenUp.value?.length ?? 0) >= MOST_DELIVERIES && <p class="muted">There are more than {MOST_DELIVERIES} dead letters; a redrive looks at all of them.</p>}
    </>
  );
}

function nameOf(one: ListedDelivery): string {
  return `${one.event_id} ${one.target}`;
}

function byTarget(deliveries: ListedDelivery[]): OfTarget[] {
  const targets = new Map<string, OfTarget>();
  for (const one of deliveries) {
    const known = targets.get(one.target) ?? { target: one.target, channel: one.channel, route: one.route, givenUp: 0, pending: 0, oldest: one.planned_at, problem: null };
    targets.set(one.target, {
      ...known,
      givenUp: known.givenUp + (one.state === "given_up" ? 1 : 0),
      pending: known.pending + (one.state === "pending" ? 1 : 0),
      oldest: one.planned_at < known.oldest ? one.planned_at : known.oldest,
      problem: known.problem ?? one.problem,
    });
  }
  return [...targets.values()].sort((one, other) => other.givenUp - one.givenUp || other.pending - one.pending);
}

function TargetCard({ of, among, routes, again }: { of: OfTarget; among: number; routes: Route[]; again: () => void }) {
  const share = Math.round((100 * (of.givenUp + of.pending)) / among);
  return (
    <article class="card" aria-label={`Target ${of.target}`}>
      <p class="row"><b>{placeOfTarget(of.target, routes) ?? of.channel}</b> <span class="muted">{of.route ?? "a fax’s own target"} <span class="id">{of.target}</span></span></p>
      <p class="row">
        {of.givenUp > 0 && <Word of="given_up"> {of.givenUp}</Word>}
        {of.pending > 0 && <Word of="pending"> {of.pending}</Word>}
        <span class="muted">{share} of 100 of what is not delivered, since <Moment at={of.oldest} as={dayAndTime} />{of.problem && <>; the last answer: {of.problem}</>}</span>
      </p>
      <meter min={0} max={among} value={of.givenUp + of.pending} aria-label="Share of what is not delivered">{share} %</meter>
      <Redrive what={{ target: of.target }} again={again} />
    </article>
  );
}

/** First it is looked what a redrive would do, then it is done. */
function Redrive({ what, again }: { what: WhatToRedrive; again: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const trial = useAction<{ asked: WhatToRedrive; found: Redriven }>();
  const making = useAction<Redriven>();
  const look = (event: Event) => {
    event.preventDefault();
    making.forget();
    const given = Object.fromEntries([...new FormData(form.current ?? undefined)].filter(([, value]) => value !== ""));
    const asked: WhatToRedrive = { ...what, ...given };
    trial.run(async () => ({ asked, found: await redrive(asked, true) }));
  };
  const make = (asked: WhatToRedrive) => {
    trial.forget();
    making.run(async () => {
      const made = await redrive(asked, false);
      again();
      return made;
    });
  };
  const found = trial.done?.found;
  const wanted = found ? found.matched - found.unwanted : 0;
  return (
    <details class="deed">
      <summary>Redrive</summary>
      <form ref={form} onSubmit={look} autocomplete="off">
        <p class="muted">Each begins a new round of eight attempts. What was delivered meanwhile is left alone.</p>
        <label>Planned since <small>(empty: all)</small><input name="since" placeholder="2026-11-27T18:00Z" /></label>
        <label>Until<input name="until" placeholder="2026-11-30T08:00Z" /></label>
        <button type="submit" disabled={trial.isRunning}>Look first</button>
        <Outcome of={trial} done={({ found }) => <>{counted(found.matched, "delivery", "deliveries")} found{found.unwanted > 0 && `, of which ${found.unwanted} are wanted no more`}. Nothing was sent.</>} />
        {trial.done && wanted > 0 && <button type="button" class="main" onClick={() => trial.done && make(trial.done.asked)}>Redrive {wanted}</button>}
        <Outcome of={making} done={(made) => <>{counted(made.redriven, "delivery is", "deliveries are")} due{made.due_until && <> until <Moment at={made.due_until} as={time} /></>}.</>} />
      </form>
    </details>
  );
}

function Listed({ of }: { of: ListedDelivery[] }) {
  return (
    <section aria-labelledby="listed">
      <h2 id="listed">The latest</h2>
      <Table label="Deliveries">
        <thead><tr><th scope="col">Planned</th><th scope="col">Event</th><th scope="col">State</th><th scope="col" class="wide">Problem</th><th scope="col" class="wide">Route</th><th scope="col">About</th></tr></thead>
        <tbody>
          {of.slice(0, MOST_ROWS).map((one) => (
            <tr key={nameOf(one)}>
              <td class="num"><Moment at={one.planned_at} as={dayAndTime} /></td>
              <td>{one.event}</td>
              <td><Word of={one.state}><small> {counted(one.attempts, "attempt")}</small></Word></td>
              <td class="wide text">{one.problem ?? ""}</td>
              <td class="wide text">{one.route ?? "its own"}</td>
              <td class="id">{one.fax ? <FaxLink name={one.fax} /> : <a href={linkTo(["days", one.day ?? ""])}>{one.day}</a>}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

