// One fax: what became of it, who says so, and what a person can do about it.
import { useRef } from "preact/hooks";
import { linkTo } from "../address";
import { ask, pathOf } from "../api/calls";
import type { Delivery, Fax, Submission } from "../api/documents";
import { useAction, useLive } from "../live";
import { Empty, Fact, Heading, Moment, Outcome, Sign, Table, Waiting, Word } from "../parts/basics";
import { GivenFields, Timeline } from "../parts/timeline";
import { Num } from "../shown";
import { exact } from "../times";
import { numberOf, wordOf, worded } from "../words";

const REFRESH = 10;

export function FaxDetails({ id }: { id: string }) {
  const live = useLive((signal) => ask<Fax | Submission>("GET", `/faxes${pathOf(id)}`, { signal }), [id], REFRESH);
  const fax = live.value;
  return (
    <>
      <p class="above"><a href={linkTo(["faxes"])}>Faxes</a></p>
      <Heading title={id}><span class="id">{id}</span></Heading>
      <Waiting live={live} what="The fax" />
      {fax && <p class="big"><Word of={wordOf(fax)}>{fax.failure && <small> {worded(fax.failure.class)}{fax.failure.text && `: ${fax.failure.text}`}</small>}</Word></p>}
      {fax?.kind === "fax" && <Contradiction of={fax} />}
      {fax && <Facts of={fax} />}
      {fax?.kind === "fax" && <Deeds of={fax} again={live.again} />}
      {fax?.kind === "fax" && <section aria-labelledby="timeline"><h2 id="timeline">What happened</h2><Timeline of={fax} /></section>}
      {fax && <Deliveries of={fax.deliveries ?? []} />}
    </>
  );
}

function Facts({ of: fax }: { of: Fax | Submission }) {
  return (
    <dl class="facts">
      <Fact name={fax.direction === "outbound" ? "To" : "From"}><Num of={numberOf(fax)} /></Fact>
      {fax.kind === "fax" && fax.direction === "inbound" && <Fact name="Our number"><Num of={fax.to_number} /></Fact>}
      <Fact name="Provider">{fax.provider}, {fax.direction}</Fact>
      {fax.reference && <Fact name="Reference"><a href={linkTo(["faxes"], { reference: fax.reference })}>{fax.reference}</a></Fact>}
      {fax.user && <Fact name="User">{fax.user}</Fact>}
      {fax.kind === "submission" && <Fact name="Accepted"><Moment at={fax.accepted_at} /></Fact>}
      {fax.requested_by && <Fact name="Requested by">{fax.requested_by}</Fact>}
      {fax.resends && <Fact name="Resends"><a href={linkTo(["faxes", fax.resends])}>{fax.resends}</a></Fact>}
      {fax.kind === "fax" && (
        <>
          <Fact name="Settled">{fax.settled_at ? <><Moment at={fax.settled_at} /> by {fax.settled_by}</> : "not yet: nobody has told of its end"}</Fact>
          {fax.pages !== null && <Fact name="Pages">{fax.pages}{fax.pages_total !== null && ` of ${fax.pages_total}`}</Fact>}
          {fax.duration_seconds !== null && <Fact name="Duration">{fax.duration_seconds} s</Fact>}
          {fax.cost_usd !== null && <Fact name="Cost">{fax.cost_usd} USD{fax.costs_differ && " (sources differ)"}</Fact>}
          {fax.amended_status && <Fact name="First status"><Word of={fax.first_status ?? "submitted"} /></Fact>}
          {fax.submission && <Fact name="Submission"><span class="id">{fax.submission}</span>{fax.joined_by && ` (joined by ${fax.joined_by})`}</Fact>}
          {Object.entries(fax.duties).map(([name, duty]) => (
            <Fact key={name} name={name === "mark" ? "Mark" : "Document"}>
              <Word of={duty.state} />{duty.last_problem && <small> {duty.last_problem}</small>}{duty.next_at && <small> next look <Moment at={duty.next_at} /></small>}
            </Fact>
          ))}
          {fax.case && <Fact name="Transmissions">{fax.case.faxes.map((one) => <div key={one}>{one === fax.id ? one : <a href={linkTo(["faxes", one])}>{one}</a>}</div>)}</Fact>}
        </>
      )}
    </dl>
  );
}

function Contradiction({ of: fax }: { of: Fax }) {
  if (!fax.conflict) return null;
  return (
    <section class={`conclusion ${fax.conflict.is_resolved ? "plain" : "warn"}`} aria-labelledby="conflict">
      <h2 id="conflict"><Sign tone={fax.conflict.is_resolved ? "good" : "warn"} /> {fax.conflict.is_resolved ? "A conflict, resolved" : "A conflict"}</h2>
      <p>{fax.conflict.is_resolved ? "A person has spoken since." : "Two sources name different ends. The first one stands until a person says which is right, below."}</p>
      <div class="sides">
        {fax.conflict.statements.map((statement, side) => (
          <div key={side} class="side">
            <Word of={statement.status} /> <small>says {statement.source}, <Moment at={statement.seen_at} /></small>
            <GivenFields given={statement.given} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Deeds({ of: fax, again }: { of: Fax; again: () => void }) {
  return (
    <section aria-label="What can be done" class="deeds">
      {fax.settled_at && <a class="button" href={linkTo(["faxes", fax.id, "receipt"])}>Receipt</a>}
      {fax.settled_at && <Amend of={fax} again={again} />}
      {fax.direction === "outbound" && fax.status === "failed" && !fax.resent_at && <Resend of={fax} again={again} />}
      {fax.content && <Document of={fax} />}
    </section>
  );
}

/** The link works for five minutes and holds its own leave, so it is asked for when it is wanted. */
function Document({ of: fax }: { of: Fax }) {
  const linking = useAction<unknown>();
  const open = () => linking.run(async () => {
    const { url } = await ask<{ url: string }>("GET", `/faxes${pathOf(fax.id)}/content`);
    window.open(url, "_blank", "noopener,noreferrer");
    return url;
  });
  return (
    <span>
      <button type="button" onClick={open} disabled={linking.isRunning}>Document</button>
      <Outcome of={linking} done={() => "It is open in a tab of its own."} />
    </span>
  );
}

function Amend({ of: fax, again }: { of: Fax; again: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const amending = useAction<unknown>();
  const words = fax.direction === "outbound" ? ["sent", "failed"] : ["received", "received_partial"];
  const amend = (event: Event) => {
    event.preventDefault();
    const given = new FormData(form.current ?? undefined);
    const body = { status: given.get("status"), because: String(given.get("because") ?? "").trim() };
    amending.run(async () => {
      await ask("POST", `/faxes${pathOf(fax.id)}/amendments`, { body });
      form.current?.reset();
      again();
      return true;
    });
  };
  return (
    <details class="deed" open={fax.conflict !== null && !fax.conflict.is_resolved}>
      <summary>Amend</summary>
      <form ref={form} onSubmit={amend} autocomplete="off">
        <p class="muted">Say what really became of it. Listings follow; the first status stays on record, and so does who said this.</p>
        <fieldset>
          <legend>It was</legend>
          {words.map((word) => <label key={word} class="flag"><input type="radio" name="status" value={word} required /> {worded(word)}</label>)}
        </fieldset>
        <label>Because<textarea name="because" required maxLength={1000} rows={2} /></label>
        <button type="submit" class="main" disabled={amending.isRunning}>Amend</button>
        <Outcome of={amending} done={() => "It is on record."} />
      </form>
    </details>
  );
}

function Resend({ of: fax, again }: { of: Fax; again: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  // One key for all tries of this form: a repeated request sends nothing twice.
  const key = useRef(crypto.randomUUID());
  const resending = useAction<string>();
  const resend = (event: Event) => {
    event.preventDefault();
    const number = String(new FormData(form.current ?? undefined).get("number") ?? "").trim();
    resending.run(async () => {
      const sent = await ask<{ submissions: { id: string }[] }>("POST", `/faxes${pathOf(fax.id)}/resend`, {
        headers: { "idempotency-key": key.current },
        body: number ? { number } : {},
      });
      key.current = crypto.randomUUID();
      again();
      return sent.submissions[0]?.id ?? "";
    });
  };
  return (
    <details class="deed">
      <summary>Resend</summary>
      <form ref={form} onSubmit={resend} autocomplete="off">
        <label>To another number <small class="muted">(empty: the same)</small><input name="number" type="tel" /></label>
        <button type="submit" class="main" disabled={resending.isRunning}>Send once more</button>
        <Outcome of={resending} done={(id) => <>It is on its way: <a href={linkTo(["faxes", id])}>follow it</a>.</>} />
      </form>
    </details>
  );
}

function Deliveries({ of: deliveries }: { of: Delivery[] }) {
  return (
    <section aria-labelledby="told">
      <h2 id="told">Who was told</h2>
      {deliveries.length === 0 ? <Empty>Nobody: no route is for this fax, or there is nothing to tell yet.</Empty> : (
        <Table label="Deliveries">
          <thead><tr><th scope="col">Event</th><th scope="col">Route</th><th scope="col">By</th><th scope="col">State</th><th scope="col" class="right">Attempts</th><th scope="col">When</th></tr></thead>
          <tbody>
            {deliveries.map((delivery) => (
              <tr key={`${delivery.event_id} ${delivery.target}`}>
                <td>{delivery.event}</td>
                <td class="text">{delivery.route ?? "its own target"} <small class="muted id">{delivery.target}</small></td>
                <td>{delivery.channel}</td>
                <td><Word of={delivery.state}>{delivery.problem && <small> {delivery.problem}</small>}</Word></td>
                <td class="right num">{delivery.attempts}</td>
                <td class="num"><Moment at={delivery.delivered_at ?? delivery.next_at ?? delivery.planned_at} as={exact} /></td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}
