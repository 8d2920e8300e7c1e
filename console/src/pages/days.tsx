// The calendar: which days are complete, which are not, which were restated; and which days of the feeds were read.
import { linkTo } from "../address";
import { ask, pathOf } from "../api/calls";
import type { ClosedDay, ClosedDayRecord, ClosedDays, Days as DaySpan, Feed } from "../api/documents";
import { useLive } from "../live";
import { Empty, Fact, Heading, Moment, Sign, Table, Waiting } from "../parts/basics";
import { dayAndTime, dayName, exact, ledgerNow, monthName } from "../times";
import { counted, worded, type Tone } from "../words";

const REFRESH = 120;
const MOST_MONTHS = 14;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

export function Days() {
  const closed = useLive((signal) => ask<ClosedDays>("GET", "/reports/closed", { signal }), [], REFRESH);
  const feeds = useLive((signal) => ask<{ feeds: Feed[] }>("GET", "/feeds", { signal }), [], REFRESH);
  return (
    <>
      <Heading title="Days">Days</Heading>
      <p class="muted">Each morning the day before is closed: its record is kept for good, and what changes later is a further version of it.</p>
      <Waiting live={closed} what="The closed days" />
      {closed.value && (closed.value.days.length > 0 ? <Calendar of={closed.value.days} /> : <Empty>No day is closed yet. <a href={linkTo(["today"])}>Today</a> is closed tomorrow morning.</Empty>)}
      <section aria-labelledby="feeds">
        <h2 id="feeds">Days of the feeds</h2>
        <Waiting live={feeds} what="The feeds" />
        {feeds.value?.feeds.length === 0 && <Empty>No provider of this stack has feeds.</Empty>}
        <div class="cards">{feeds.value?.feeds.map((feed) => <FeedDays key={`${feed.provider} ${feed.direction}`} of={feed} />)}</div>
      </section>
    </>
  );
}

function Calendar({ of }: { of: ClosedDay[] }) {
  const months = [...Map.groupBy(of, (day) => day.day.slice(0, 7)).entries()].slice(0, MOST_MONTHS);
  return <div class="months">{months.map(([month, days]) => <Month key={month} of={month} days={days} />)}</div>;
}

function Month({ of, days }: { of: string; days: ClosedDay[] }) {
  const [year = 0, month = 1] = of.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1, 1));
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const before = (first.getUTCDay() + 6) % 7;
  const closed = new Map(days.map((day) => [Number(day.day.slice(8)), day]));
  const cells = [...Array<null>(before).fill(null), ...Array.from({ length }, (_, index) => index + 1)];
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) => cells.slice(7 * week, 7 * week + 7));
  return (
    <table class="month">
      <caption>{monthName(of)}</caption>
      <thead><tr>{WEEKDAYS.map((day) => <th scope="col" key={day}>{day}</th>)}</tr></thead>
      <tbody>{weeks.map((week, row) => <tr key={row}>{week.map((day, column) => <td key={column}>{day !== null && <DayCell date={`${of}-${String(day).padStart(2, "0")}`} closed={closed.get(day)} />}</td>)}</tr>)}</tbody>
    </table>
  );
}

function DayCell({ date, closed }: { date: string; closed: ClosedDay | undefined }) {
  const day = Number(date.slice(8));
  const isOver = Date.parse(`${date}T00:00:00Z`) < ledgerNow();
  if (!closed) return isOver ? <a class="day" href={linkTo(["day", date])} title="not closed">{day}</a> : <span class="muted num">{day}</span>;
  const tone: Tone = closed.is_complete ? "good" : "warn";
  const says = `${closed.is_complete ? "complete" : "not complete"}${closed.version > 1 ? `, restated, version ${closed.version}` : ""}`;
  return (
    <a class={`day ${tone}`} href={linkTo(["days", closed.day])} title={says}>
      <span class="num">{day}</span> <Sign tone={tone} />{closed.version > 1 && <small aria-hidden="true">v{closed.version}</small>}<span class="only-heard">{says}</span>
    </a>
  );
}

function FeedDays({ of: feed }: { of: Feed }) {
  const isBehind = feed.missing.length > 0;
  return (
    <article class="card" aria-label={`Feed ${feed.provider} ${feed.direction}`}>
      <h3><Sign tone={isBehind ? "warn" : "good"} /> {feed.provider} {feed.direction}</h3>
      <dl class="facts">
        <Fact name="Read for good"><Spans of={feed.covered} none="none yet: the last days are read again" /></Fact>
        <Fact name="Missing"><Spans of={feed.missing} none="none" /></Fact>
        {feed.passed_over && <Fact name="Passed over"><Spans of={feed.passed_over.days} none="none" />{feed.passed_over.because && <small> because {feed.passed_over.because}</small>}</Fact>}
        {feed.back_fill && <Fact name="Back-fill">{feed.back_fill.days_read} of {counted(feed.back_fill.days, "day")} read</Fact>}
        <Fact name="Asked">{feed.asked_at ? <><Moment at={feed.asked_at} as={dayAndTime} />{feed.asked_for && <> for <Spans of={[feed.asked_for]} none="" /></>}</> : "never"}</Fact>
        <Fact name="Next"><Spans of={[feed.next]} none="" />{feed.not_before && <>, not before <Moment at={feed.not_before} as={dayAndTime} /></>}</Fact>
      </dl>
    </article>
  );
}

function Spans({ of, none }: { of: DaySpan[]; none: string }) {
  if (of.length === 0) return <>{none}</>;
  return <span class="num">{of.map(({ first, last }) => (first === last ? first : `${first} to ${last}`)).join(", ")}</span>;
}

/** A closed day's record: what it says, and what has changed since it was first closed. */
export function ClosedDayPage({ day, version }: { day: string; version: string | null }) {
  const record = useLive((signal) => ask<ClosedDayRecord>("GET", `/reports/closed${pathOf(day)}`, { query: { version: version ?? "" }, signal }), [day, version], null);
  const known = record.value;
  const figures = known?.report.total;
  return (
    <>
      <p class="above"><a href={linkTo(["days"])}>Days</a></p>
      <Heading title={dayName(day)}>{dayName(day)}</Heading>
      <Waiting live={record} what="The record" />
      {known && figures && (
        <>
          <section class={`conclusion ${known.report.is_complete ? "good" : "warn"}`} aria-label="Whether the day is complete">
            <p><strong><Sign tone={known.report.is_complete ? "good" : "warn"} /> {known.report.is_complete ? "COMPLETE" : "NOT COMPLETE"}</strong>, closed <Moment at={known.closed_at} as={exact} /> in {known.time_zone}, version {known.version}</p>
            {!known.report.is_complete && <ul>{known.report.reasons.map((reason) => <li key={`${reason.code} ${reason.what}`}>{reason.text}</li>)}</ul>}
          </section>
          <dl class="facts">
            <Fact name="Faxes">{figures.faxes.toLocaleString("en")}</Fact>
            <Fact name="Settled">{figures.final.toLocaleString("en")}</Fact>
            <Fact name="Open">{figures.open}</Fact>
            {Object.entries(figures.statuses).filter(([, count]) => count > 0).map(([status, count]) => <Fact key={status} name={worded(status)}>{count.toLocaleString("en")}</Fact>)}
            <Fact name="Rescued">{figures.rescued.faxes}</Fact>
            <Fact name="Conflicts">{figures.conflicts.open} open, {figures.conflicts.resolved} resolved</Fact>
            <Fact name="Costs">{figures.costs.usd} USD</Fact>
          </dl>
          <p class="row">
            <a class="button" href={linkTo(["day", day])}>As it is known now</a>
            <a class="button" href={linkTo(["faxes"], { day })}>Its faxes</a>
            {known.version > 1 && <a class="button" href={linkTo(["days", day], { version: String(known.version - 1) })}>Version {known.version - 1}</a>}
          </p>
          {known.version > 1 && (
            <section aria-labelledby="changes">
              <h2 id="changes">Restated, because of: {known.causes.map(worded).join(", ") || "its figures"}</h2>
              <Table label="What has changed">
                <thead><tr><th scope="col">Figure</th><th scope="col">Was</th><th scope="col">Is</th></tr></thead>
                <tbody>{known.changes.map((change) => <tr key={change.path}><th scope="row" class="id">{change.path}</th><td class="num">{String(change.from)}</td><td class="num">{String(change.to)}</td></tr>)}</tbody>
              </Table>
            </section>
          )}
        </>
      )}
    </>
  );
}
