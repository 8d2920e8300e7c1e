// Which faxes there were: filters in the address bar, a page of the table at a time, and all of it as CSV.
import { useEffect, useRef, useState } from "preact/hooks";
import { goTo, linkTo } from "../address";
import type { Listed } from "../api/documents";
import { filtersIn, firstOf, LOOKED_AT, pageOf, soughtNumber, type Filters } from "../api/listing";
import { csvOf, save } from "../csv";
import { useAction, useLive } from "../live";
import { Empty, FaxLink, Heading, Moment, Outcome, Table, Waiting, Word } from "../parts/basics";
import { Num } from "../shown";
import { useStore } from "../store";
import { dayAndTime } from "../times";
import { counted, momentOf, numberOf, SOURCES, wordOf, worded } from "../words";

const ROWS = 50;
const MOST_ROWS = 200;
const REFRESH = 10;

export function Faxes({ query }: { query: URLSearchParams }) {
  const filters = filtersIn(query);
  const number = useStore(soughtNumber);
  const asked = JSON.stringify([filters, number]);
  // The cursors of the pages before the one that is shown; the first page has none.
  const [cursors, setCursors] = useState<string[]>([]);
  const [askedBefore, setAskedBefore] = useState(asked);
  if (asked !== askedBefore) {
    setAskedBefore(asked);
    setCursors([]);
  }
  const cursor = cursors.at(-1);
  // What took long to find is not looked for again and again.
  const refresh = (found: { looks: number }) => (cursor === undefined && found.looks === 1 ? REFRESH : null);
  const [looked, setLooked] = useState(0);
  const page = useLive((signal) => firstOf(filters, number, { cursor, limit: ROWS, signal }, setLooked), [asked, cursor], refresh);
  const next = page.value?.cursor;
  return (
    <>
      <Heading title="Faxes">Faxes</Heading>
      <Filter filters={filters} number={number} key={asked} />
      <Waiting live={page} what="The faxes" />
      {page.isLoading && looked > 0 && <p class="muted" role="status">None among {entriesIn(looked)}. Looking further back…</p>}
      {page.value && (page.value.faxes.length > 0 ? <FaxTable faxes={page.value.faxes} /> : (
        <Empty>{next ? `None among ${entriesIn(page.value.looks)}. “Older” looks further back.` : "No fax is like that."}</Empty>
      ))}
      <div class="row">
        <button type="button" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>Newer</button>
        <button type="button" disabled={!next} onClick={() => next && setCursors([...cursors, next])}>Older</button>
        <span class="muted">Page {cursors.length + 1}{page.value && refresh(page.value) !== null && ", kept up to date"}</span>
        <Csv filters={filters} number={number} />
      </div>
    </>
  );
}

function entriesIn(looks: number): string {
  return `${(looks * LOOKED_AT).toLocaleString("en")} entries`;
}

export function FaxTable({ faxes }: { faxes: Listed[] }) {
  return (
    <Table label="Faxes">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Status</th>
          <th scope="col">Number</th>
          <th scope="col" class="wide">Reference</th>
          <th scope="col" class="wide">User</th>
          <th scope="col" class="wide right">Pages</th>
          <th scope="col" class="wide">Told first by</th>
          <th scope="col">Fax</th>
        </tr>
      </thead>
      <tbody>
        {faxes.map((fax) => {
          const name = fax.kind === "submission" ? fax.submission : fax.id;
          const moment = momentOf(fax);
          return (
            <tr key={fax.id}>
              <td class="num"><Moment at={moment} as={dayAndTime} /></td>
              <td><Word of={wordOf(fax)}>{fax.failure && toneNeedsReason(fax) && <small> {worded(fax.failure.class)}</small>}{fax.kind === "fax" && fax.incomplete && <small> incomplete</small>}</Word></td>
              <td class="number"><span class="muted" aria-hidden="true">{fax.direction === "outbound" ? "→ " : "← "}</span><span class="only-heard">{fax.direction === "outbound" ? "to " : "from "}</span><Num of={numberOf(fax)} /></td>
              <td class="wide text" title={fax.reference ?? ""}>{fax.reference ?? ""}</td>
              <td class="wide text" title={fax.user ?? ""}>{fax.user ?? ""}</td>
              <td class="wide right num">{fax.kind === "fax" ? pagesOf(fax.pages, fax.pages_total) : ""}</td>
              <td class="wide">{fax.kind === "fax" && fax.settled_by && <span class={`key ${fax.settled_by}`}>{fax.settled_by}</span>}</td>
              <td class="id"><FaxLink name={name} /></td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function toneNeedsReason(fax: Listed): boolean {
  return fax.status === "failed" || fax.status === "received_partial";
}

function pagesOf(pages: number | null, total: number | null): string {
  if (pages === null) return "";
  return total !== null && total !== pages ? `${pages} of ${total}` : String(pages);
}

const WORDS: readonly string[] = ["sent", "failed", "received", "received_partial", "submitted", "accepted", "handed_over", "refused", "unknown", "given_up"];
const CLASSES: readonly string[] = ["busy", "no_answer", "not_a_fax", "bad_number", "line", "document", "rejected", "other"];

function Filter({ filters, number }: { filters: Filters; number: string }) {
  const form = useRef<HTMLFormElement>(null);
  const isFurther = ["provider", "failure_class", "user", "from", "to", "unfinished", "given_up", "incomplete", "in_conflict"].some((name) => name in filters);
  const filter = (event: Event) => {
    event.preventDefault();
    const given = new FormData(form.current ?? undefined);
    soughtNumber.value = String(given.get("number") ?? "").trim();
    given.delete("number");
    goTo(linkTo(["faxes"], Object.fromEntries([...given].map(([name, value]) => [name, String(value).trim()]))));
  };
  const clear = () => {
    soughtNumber.value = "";
    goTo(linkTo(["faxes"]));
  };
  return (
    <form ref={form} class="filter" onSubmit={filter} aria-label="Which faxes" autocomplete="off">
      <Choice name="status" label="Status" among={WORDS} value={filters.status} />
      <Choice name="direction" label="Direction" among={["outbound", "inbound"]} value={filters.direction} />
      <Choice name="settled_by" label="Told first by" among={SOURCES.filter((source) => source !== "handover")} value={filters.settled_by} />
      <Field name="day" label="Day" type="date" value={filters.day} />
      <Field name="reference" label="Reference" value={filters.reference} />
      <Field name="number" label="Number" type="tel" value={number} />
      <details open={isFurther}>
        <summary>More</summary>
        <Choice name="provider" label="Provider" among={["softlinx", "greenfax"]} value={filters.provider} />
        <Choice name="failure_class" label="Failure" among={CLASSES} value={filters.failure_class} />
        <Field name="user" label="User" value={filters.user} />
        <Field name="from" label="From" placeholder="2026-11-26T09:30" value={filters.from} />
        <Field name="to" label="Until" placeholder="2026-11-26T12:00" value={filters.to} />
        <Flag name="unfinished" label="unfinished" value={filters.unfinished} />
        <Flag name="given_up" label="mark or document given up" value={filters.given_up} />
        <Flag name="in_conflict" label="in conflict" value={filters.in_conflict} />
        <Flag name="incomplete" label="not all pages" value={filters.incomplete} />
      </details>
      <div class="row">
        <button type="submit" class="main">Filter</button>
        {(Object.keys(filters).length > 0 || number) && <button type="button" class="quiet" onClick={clear}>All faxes</button>}
      </div>
    </form>
  );
}

function Choice({ name, label, among, value }: { name: string; label: string; among: readonly string[]; value: string | undefined }) {
  return (
    <label>{label}
      <select name={name}>
        <option value="">any</option>
        {among.map((word) => <option key={word} value={word} selected={word === value}>{worded(word)}</option>)}
      </select>
    </label>
  );
}

function Field({ name, label, type = "text", value, placeholder }: { name: string; label: string; type?: "text" | "date" | "tel"; value: string | undefined; placeholder?: string }) {
  const given = { name, defaultValue: value ?? "" };
  if (type === "date") return <label>{label}<input {...given} type="date" /></label>;
  return <label>{label}<input {...given} type="text" inputMode={type} placeholder={placeholder ?? ""} spellcheck={false} /></label>;
}

function Flag({ name, label, value }: { name: string; label: string; value: string | undefined }) {
  return <label class="flag"><input type="checkbox" name={name} value="true" defaultChecked={value === "true"} /> {label}</label>;
}

function Csv({ filters, number }: { filters: Filters; number: string }) {
  const saving = useAction<number>();
  const [read, setRead] = useState(0);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const start = () => {
    stop.current = new AbortController();
    setRead(0);
    saving.run(async () => {
      const faxes: Listed[] = [];
      let cursor: string | undefined;
      do {
        const page = await pageOf(filters, number, { cursor, limit: MOST_ROWS, signal: stop.current.signal });
        faxes.push(...page.faxes);
        setRead(faxes.length);
        cursor = page.cursor ?? undefined;
      } while (cursor);
      save("faxes.csv", csvOf(faxes));
      return faxes.length;
    });
  };
  return (
    <span class="end row">
      <Outcome of={saving} done={(count) => `${counted(count, "fax", "faxes")} saved, with their numbers.`} />
      {saving.isRunning ? (
        <><span class="muted num">{read.toLocaleString("en")} read</span><button type="button" onClick={() => { stop.current.abort(); saving.forget(); }}>Stop</button></>
      ) : (
        <button type="button" onClick={start}>CSV</button>
      )}
    </span>
  );
}
