// What no machine can decide or mend: one list, and a button for each.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { access } from "../access/access";
import { linkTo } from "../address";
import { ask, pathOf } from "../api/calls";
import type { Fax, FaxPage, Listed, Unreadable } from "../api/documents";
import { everyDelivery } from "../api/deliveries";
import { MOST_LOOKS, type Filters } from "../api/listing";
import { useAction, useLive, type Live } from "../live";
import { Empty, Heading, Moment, Outcome, Sign, Table, Waiting } from "../parts/basics";
import { Num } from "../shown";
import { useStore } from "../store";
import { ledgerNow, dayAndTime } from "../times";
import { counted, momentOf, numberOf, type Tone } from "../words";

const REFRESH = 60;
const MOST = 50;
const MOST_OPEN = 30;
const OVERDUE = 24 * 3_600_000;

interface Need {
  key: string;
  tone: Tone;
  what: string;
  since: string | null;
  about: ComponentChildren;
  button: ComponentChildren;
}

export function Needs() {
  const conflicts = useLive((signal) => found({ in_conflict: "true" }, signal), [], REFRESH);
  const open = useLive(openFaxes, [], REFRESH);
  const given_up = useLive((signal) => ofState("given_up", signal), [], REFRESH);
  const undone = useLive((signal) => found({ given_up: "true" }, signal), [], REFRESH);
  const unknown = useLive((signal) => ofState("unknown", signal), [], REFRESH);
  const unreadable = useLive((signal) => ask<{ unreadable: Unreadable[]; cursor: string | null }>("GET", "/unreadable", { signal }), [], REFRESH);
  const deliveries = useLive((signal) => everyDelivery("given_up", signal), [], REFRESH);
  const lists: [Live<unknown>, string][] = [
    [conflicts, "The conflicts"], [open, "What is open"], [given_up, "What was given up"], [unknown, "What is unknown"], [undone, "The marks and documents"],
    [unreadable, "What is unreadable"], [deliveries, "The deliveries"],
  ];
  const needs: Need[] = [
    ...(conflicts.value?.faxes ?? []).map((fax) => faxNeed(fax, "warn", "conflict", "Two sources name different ends", "Decide")),
    ...(open.value ?? []).flatMap(openNeed),
    ...(unknown.value ?? []).map((fax) => faxNeed(fax, "warn", "unknown submission", "It may have reached the provider, and is not sent again by itself", "Look")),
    ...(given_up.value ?? []).map((fax) => faxNeed(fax, "bad", "given up", "It has not reached the provider", "Look")),
    ...(undone.value?.faxes ?? []).flatMap(undoneNeeds),
    ...(deliveries.value?.length ? [deliveriesNeed(deliveries.value.length, deliveries.value.at(-1)?.planned_at ?? null)] : []),
    ...(unreadable.value?.unreadable ?? []).map(unreadableNeed),
  ];
  const areAllThere = lists.every(([live]) => live.value !== undefined);
  return (
    <>
      <Heading title="Needs a person">Needs a person</Heading>
      {lists.filter(([live]) => live.problem || live.value === undefined).map(([live, what]) => <Waiting key={what} live={live} what={what} />)}
      {needs.length === 0 && areAllThere && <Empty><Sign tone="good" /> Nothing: no conflict, nothing unreadable, unknown, given up or overdue.</Empty>}
      {needs.length > 0 && (
        <Table label="What needs a person">
          <thead><tr><th scope="col">What</th><th scope="col" class="wide">Since</th><th scope="col">About</th><th scope="col"><span class="only-heard">What to do</span></th></tr></thead>
          <tbody>
            {needs.map((need) => (
              <tr key={need.key}>
                <td><span class={`word ${need.tone}`}><Sign tone={need.tone} /> {need.what}</span></td>
                <td class="wide num"><Moment at={need.since} as={dayAndTime} /></td>
                <td class="about">{need.about}</td>
                <td class="right">{need.button}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {conflicts.value?.isCut && <p class="muted">Conflicts were looked for back to <Moment at={conflicts.value.back} as={dayAndTime} />. <a href={linkTo(["faxes"], { in_conflict: "true" })}>Look further back</a></p>}
      {undone.value?.isCut && <p class="muted">More marks and documents were given up than are shown. <a href={linkTo(["faxes"], { given_up: "true" })}>List them all</a></p>}
    </>
  );
}

function faxNeed(fax: Listed, tone: Tone, what: string, why: string, button: string): Need {
  const name = fax.kind === "submission" ? fax.submission : fax.id;
  return {
    key: `${what} ${fax.id}`,
    tone,
    what,
    since: momentOf(fax),
    about: <>{why}. <span class="muted"><span class="id">{fax.kind === "submission" ? fax.submission.slice(0, 8) : fax.id}</span> {fax.direction === "outbound" ? "to" : "from"} <Num of={numberOf(fax)} /> {fax.reference}</span></>,
    button: <a class="button" href={linkTo(["faxes", name])} aria-label={`${button}: ${name}`}>{button}</a>,
  };
}

function openNeed(fax: Listed | Fax): Need[] {
  const moment = momentOf(fax);
  const word = fax.kind === "fax" && "unsettling" in fax ? fax.unsettling.find((said) => said.status === null) : undefined;
  if (moment !== null && ledgerNow() - Date.parse(moment) > OVERDUE) {
    return [faxNeed(fax, "warn", "overdue", `Open for more than ${OVERDUE / 3_600_000} hours${word ? `; the last word was “${word.word}”` : ""}`, "Look")];
  }
  return word ? [faxNeed(fax, "warn", "unknown word", `${word.source} said “${word.word}”, which is no end`, "Look")] : [];
}

/** What a person can mend at the provider, and then have done: the runbook says how. */
function undoneNeeds(fax: Listed): Need[] {
  if (fax.kind !== "fax") return [];
  return Object.entries(fax.duties).filter(([, duty]) => duty.state === "given_up").map(([name, duty]) => {
    const what = name === "mark" ? "mark given up" : "document given up";
    const why = name === "mark" ? "It is not marked at the provider" : "Its document was not stored";
    return faxNeed(fax, "bad", what, `${why}: ${duty.last_problem ?? "no problem is known"}`, "Look");
  });
}

function deliveriesNeed(count: number, since: string | null): Need {
  return {
    key: "deliveries", tone: "bad", what: "not delivered", since,
    about: `${counted(count, "delivery was", "deliveries were")} given up after eight attempts, or ${count === 1 ? "its" : "their"} receiver is gone.`,
    button: <a class="button" href={linkTo(["deliveries"])}>Redrive</a>,
  };
}

function unreadableNeed(one: Unreadable): Need {
  return {
    key: one.id, tone: "warn", what: "unreadable", since: one.first_seen_at,
    about: <>{one.origin}: {one.problem}{one.times > 1 && `, ${one.times} times`}. <ShownUnreadable of={one} /></>,
    button: null,
  };
}

function ShownUnreadable({ of }: { of: Unreadable }) {
  const shown = useAction<string>();
  const state = useStore(access);
  const [isOpen, setOpen] = useState(false);
  const toggle = () => {
    if (!isOpen && shown.done === undefined) {
      shown.run(async () => {
        const { raw } = await ask<{ raw: string }>("GET", `/unreadable${pathOf(of.id)}`);
        return new TextDecoder().decode(Uint8Array.from(atob(raw), (letter) => letter.charCodeAt(0)));
      });
    }
    setOpen(!isOpen);
  };
  // A hosted console has no leave to read what may be anybody's health data.
  if (state.is !== "given" || !state.isLocal) return <>It is read by <code>faxledger unreadable</code>.</>;
  return (
    <>
      <button type="button" onClick={toggle} aria-expanded={isOpen}>{isOpen ? "Hide it" : "Show as it came"}</button>
      {isOpen && <Outcome of={shown} />}
      {isOpen && shown.done !== undefined && <pre tabIndex={0} aria-label="As it came">{shown.done}{of.is_truncated && "…"}</pre>}
    </>
  );
}

async function found(filters: Filters, signal: AbortSignal): Promise<{ faxes: Listed[]; isCut: boolean; back: string | null }> {
  const faxes: Listed[] = [];
  let cursor: string | undefined;
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const page: FaxPage = await ask<FaxPage>("GET", "/faxes", { query: { ...filters, limit: String(MOST), cursor }, signal });
    faxes.push(...page.faxes);
    if (page.cursor === null || faxes.length >= MOST) return { faxes, isCut: page.cursor !== null, back: momentOfLast(faxes) };
    cursor = page.cursor;
  }
  return { faxes, isCut: true, back: momentOfLast(faxes) };
}

function momentOfLast(faxes: Listed[]): string | null {
  const last = faxes.at(-1);
  return last ? momentOf(last) : null;
}

async function ofState(state: string, signal: AbortSignal): Promise<Listed[]> {
  return (await ask<FaxPage>("GET", "/faxes", { query: { status: state, limit: String(MOST) }, signal })).faxes;
}

/** What was said of them stands in each fax alone, so of the newest only it is asked for. */
async function openFaxes(signal: AbortSignal): Promise<(Listed | Fax)[]> {
  const open = (await ask<FaxPage>("GET", "/faxes", { query: { status: "submitted", limit: "200" }, signal })).faxes;
  const waiting = open.filter((fax) => fax.kind === "fax");
  const described: (Listed | Fax)[] = [];
  for (const fax of waiting.slice(0, MOST_OPEN)) described.push(await ask<Fax>("GET", `/faxes${pathOf(fax.id)}`, { signal }));
  return [...described, ...waiting.slice(MOST_OPEN), ...open.filter((fax) => fax.kind !== "fax" && fax.state !== "unknown")];
}
