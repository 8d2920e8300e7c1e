// A day: what became of its faxes, who told of them first, how late, and whether it is complete.
import { useMemo, useState } from "preact/hooks";
import { linkTo } from "../address";
import { ask } from "../api/calls";
import type { Figures, Provider, Report } from "../api/documents";
import { Hours, reportOfDay } from "../api/reports";
import { useLive } from "../live";
import { Chart } from "../parts/chart";
import { Empty, Heading, Moment, Sign, Waiting } from "../parts/basics";
import { Lamps } from "../parts/lamps";
import { dayAndTime, dayName, duration, exact, time } from "../times";
import { counted, SOURCES, type Tone } from "../words";

const REFRESH = 20;

export function Day({ day }: { day: string }) {
  const isToday = day === "today";
  const [progress, setProgress] = useState(0);
  const report = useLive((signal) => reportOfDay(day, signal, setProgress), [day], REFRESH);
  const reader = useMemo(() => new Hours(), [day]);
  const known = report.value;
  const hours = useLive(async (signal) => (known ? reader.of(known, signal) : undefined), [reader, known?.as_of], null);
  const [shown, setShown] = useState<Report[]>([]);
  if (hours.value !== undefined && hours.value !== shown) setShown(hours.value);
  const providers = useLive((signal) => ask<{ providers: Provider[] }>("GET", "/providers", { signal }), [], isToday ? REFRESH : null);
  const name = isToday ? "Today" : dayName(day);
  return (
    <>
      <Heading title={name}>{name}</Heading>
      <Waiting live={report} what="The day’s report" />
      {known === undefined && progress > 0 && <p class="muted">{counted(progress, "fax", "faxes")} counted so far.</p>}
      {known && <Completeness of={known} />}
      {known && <Tiles of={known} />}
      {known && known.total.faxes > 0 && (
        <section aria-label="Over the day" class="cards">
          <Waiting live={hours} what="The hours" />
          {shown.length > 0 && <FirstTold hours={shown} total={known.total} />}
          {shown.length > 0 && <LatenessOverDay hours={shown} total={known.total} />}
        </section>
      )}
      {known && known.total.faxes === 0 && <Empty>No fax has come to its end {isToday ? "today yet" : "on this day"}.</Empty>}
      {known && <Silences of={known} />}
      {isToday && (
        <section aria-labelledby="lamps">
          <h2 id="lamps">Who was last heard</h2>
          <Waiting live={providers} what="The providers" />
          {providers.value && <Lamps providers={providers.value.providers} />}
        </section>
      )}
    </>
  );
}

function Completeness({ of: report }: { of: Report }) {
  return (
    <section class={`conclusion ${report.is_complete ? "good" : "warn"}`} aria-label="Whether the day is complete">
      <p>
        <strong><Sign tone={report.is_complete ? "good" : "warn"} /> {report.is_complete ? "COMPLETE" : "NOT COMPLETE"}</strong>{" "}
        {report.is_complete ? "Every fax has its final status, and it is proven that none is missing." : "This stands against it:"}
      </p>
      {!report.is_complete && (
        <ul>{report.reasons.map((reason) => <li key={`${reason.code} ${reason.provider} ${reason.what}`}>{reason.text}</li>)}</ul>
      )}
      <p class="muted">As of <Moment at={report.as_of} as={exact} />.</p>
    </section>
  );
}

function Tiles({ of: report }: { of: Report }) {
  const { total } = report;
  const span = { from: report.from, to: report.to };
  const undelivered = (total.owed["undelivered"] ?? 0) + (total.owed["deliveries_given_up"] ?? 0);
  return (
    <ul class="tiles" aria-label="Figures">
      <Tile name="settled" count={total.final} of={`of ${total.faxes.toLocaleString("en")}`} tone="good" link={linkTo(["faxes"], span)} />
      <Tile name="open" count={total.open} tone={total.open ? "open" : "plain"} link={linkTo(["faxes"], { ...span, status: "submitted" })} />
      <Tile name="failed" count={total.statuses["failed"] ?? 0} tone={total.statuses["failed"] ? "bad" : "plain"} link={linkTo(["faxes"], { ...span, status: "failed" })} />
      <Tile name="conflicts" count={total.conflicts.open} of={total.conflicts.resolved ? `${total.conflicts.resolved} resolved` : ""} tone={total.conflicts.open ? "warn" : "plain"} link={total.conflicts.open ? linkTo(["faxes"], { ...span, in_conflict: "true" }) : linkTo(["needs"])} />
      <Tile name="not delivered" count={undelivered} tone={undelivered ? "warn" : "plain"} link={linkTo(["deliveries"])} />
      <Tile name="rescued" count={total.rescued.faxes} tone="plain" of="by poll or feed" link={linkTo(["faxes"], { ...span, settled_by: "poll" })} />
    </ul>
  );
}

function Tile({ name, count, of, tone, link }: { name: string; count: number; of?: string; tone: Tone; link: string }) {
  return (
    <li>
      <a href={link} class={`tile ${tone}`}>
        <span class="name"><Sign tone={tone} /> {name}</span>
        <b class="num">{count.toLocaleString("en")}</b>
        <small>{of || "\u00a0"}</small>
      </a>
    </li>
  );
}

function seconds(hours: Report[]): number[] {
  return hours.map((hour) => Date.parse(hour.from) / 1000);
}

function FirstTold({ hours, total }: { hours: Report[]; total: Figures }) {
  const told = SOURCES.filter((source) => total.first_told_by[source] > 0);
  return (
    <Chart
      label="Faxes of each hour, by who told first"
      kind="stacked bars"
      times={seconds(hours)}
      columns={told.map((source) => ({ name: source, colour: `--${source}`, values: hours.map((hour) => hour.total.first_told_by[source]) }))}
      say={(value) => value.toLocaleString("en")}
    />
  );
}

function LatenessOverDay({ hours, total }: { hours: Report[]; total: Figures }) {
  const { together } = total.lateness;
  const late = (of: "p50" | "p95") => hours.map((hour) => { const known = hour.total.lateness.together; return known ? Math.max(1, known[of]) : null; });
  return (
    <Chart
      label="How late we knew: from the provider’s completion to our knowing"
      kind="lines"
      times={seconds(hours)}
      columns={[
        { name: "half of the faxes within", colour: "--callback", values: late("p50") },
        { name: "95 of 100 within", colour: "--poll", values: late("p95") },
      ]}
      say={duration}
    >
      {together && <span class="muted">Of the day: half within {duration(together.p50)}, 95 of 100 within {duration(together.p95)}, the last after {duration(together.worst)}.</span>}
    </Chart>
  );
}

function Silences({ of: report }: { of: Report }) {
  const spans = report.flows.flatMap((flow) => flow.figures.deaf.map((deaf) => ({ ...deaf, provider: flow.provider, direction: flow.direction })));
  if (spans.length === 0) return null;
  return (
    <section aria-labelledby="silences">
      <h2 id="silences">When pushes did not come</h2>
      <ul class="plain-list">
        {spans.map((span) => (
          <li key={`${span.provider} ${span.direction} ${span.from}`}>
            <Sign tone="warn" /> {span.provider} {span.direction}, <Moment at={span.from} as={dayAndTime} /> to <Moment at={span.to} as={time} />:{" "}
            <a href={linkTo(["faxes"], { from: span.from, to: after(span.to), provider: span.provider, direction: span.direction })}>{counted(span.faxes, "fax", "faxes")}</a>,
            all known by <Moment at={span.known_by} as={time} />.
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A silence is told to the minute, and a listing's end is not included. */
function after(minute: string): string {
  return new Date(Date.parse(minute) + 60_000).toISOString();
}
