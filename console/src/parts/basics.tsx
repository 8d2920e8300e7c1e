// Small pieces that several pages show.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { linkTo } from "../address";
import type { Action, Live } from "../live";
import { ago, exact, time } from "../times";
import { toneOf, worded, type Tone } from "../words";

const SHAPES: Record<Tone, string> = {
  good: "M2.5 8.5l3.5 3.5 7-8",
  bad: "M3.5 3.5l9 9m0-9l-9 9",
  warn: "M8 2v8m0 3.2v.3",
  open: "M8 2.5a5.5 5.5 0 1 0 .01 0z",
  plain: "M3 8h10",
};

/** A sign whose shape says what its colour says. */
export function Sign({ tone }: { tone: Tone }) {
  return (
    <svg class={`sign ${tone}`} viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      <path d={SHAPES[tone]} fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

export function Word({ of, tone = toneOf(of), children }: { of: string; tone?: Tone; children?: ComponentChildren }) {
  return (
    <span class={`word ${tone}`}>
      <Sign tone={tone} /> {worded(of)}
      {children}
    </span>
  );
}

export function Moment({ at, as = exact }: { at: string | null; as?: (moment: string) => string }) {
  if (at === null) return <span class="muted">–</span>;
  return <time dateTime={at} title={`${at.replace("T", " ").replace("Z", "")} UTC`}>{as(at)}</time>;
}

/** `n minutes ago`, which goes on by itself. */
export function Ago({ at }: { at: string }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
  return <Moment at={at} as={ago} />;
}

/** The page's heading; whoever comes to the page begins here. */
export function Heading({ children, title }: { children: ComponentChildren; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Faxledger`;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title]);
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>;
}

/** Says what is waited for and what failed, and leaves standing what there is. */
export function Waiting({ live, what }: { live: Live<unknown>; what: string }) {
  return (
    <div role="status" class="waiting">
      {live.problem ? (
        <p class="problem">
          <Sign tone="bad" /> {what} can’t be read: {live.problem.message}
          {live.at === undefined ? " " : ` What you see is of ${time(live.at)}. `}
          <button type="button" class="quiet" onClick={live.again} disabled={live.isLoading}>
            {live.isLoading ? "Trying again…" : "Try now"}
          </button>
        </p>
      ) : live.value === undefined ? (
        <p class="muted">Waiting for {what.toLowerCase()}…</p>
      ) : null}
    </div>
  );
}

/** What came of a button. */
export function Outcome<T>({ of, done }: { of: Action<T>; done?: (value: T) => ComponentChildren }) {
  return (
    <div role="status" class="outcome">
      {of.isRunning && <p class="muted">Asking…</p>}
      {of.problem && <p class="problem"><Sign tone="bad" /> {of.problem.message}</p>}
      {of.done !== undefined && done && <p class="done"><Sign tone="good" /> {done(of.done)}</p>}
    </div>
  );
}

/** To a fax or a submission by its name. A narrow screen leaves out provider, direction and account. */
export function FaxLink({ name }: { name: string }) {
  const at = name.lastIndexOf(".") + 1;
  const id = name.slice(at);
  // Ours of a submission is long and says nothing.
  return <a href={linkTo(["faxes", name])}><span class="leading">{name.slice(0, at)}</span>{id.length > 30 ? `${id.slice(0, 8)}…` : id}</a>;
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A term and what belongs to it, in a list of facts. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A table that can be scrolled by itself where the screen is narrow, also by keys. */
export function Table({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="table" role="region" aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}
