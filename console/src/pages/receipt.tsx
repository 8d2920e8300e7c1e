// A receipt that prints on one page: what is stated of a transmission, by whom, with the evidence's hashes.
import { linkTo } from "../address";
import { ask, pathOf } from "../api/calls";
import type { Receipt, ReceiptTime } from "../api/documents";
import { useLive } from "../live";
import { Fact, Heading, Waiting } from "../parts/basics";
import { Num } from "../shown";
import { exact } from "../times";
import { worded } from "../words";

export function ReceiptPage({ id }: { id: string }) {
  const live = useLive((signal) => ask<Receipt>("GET", `/faxes${pathOf(id)}/receipt`, { signal }), [id], null);
  const receipt = live.value;
  return (
    <>
      <p class="above"><a href={linkTo(["faxes", id])}>The fax</a></p>
      <Heading title={`Receipt of ${id}`}>Fax receipt</Heading>
      <Waiting live={live} what="The receipt" />
      {receipt && (
        <>
          <div class="row not-printed">
            <button type="button" class="main" onClick={() => print()}>Print</button>
            <span class="muted">It prints as you see it: with numbers once they are shown.</span>
          </div>
          <Sheet of={receipt} />
        </>
      )}
    </>
  );
}

function Sheet({ of: receipt }: { of: Receipt }) {
  return (
    <article class="receipt" aria-label="Receipt">
      <p class="big"><strong>{capital(worded(receipt.result))}</strong></p>
      <p>{receipt.meaning}</p>
      <dl class="facts">
        <Fact name="Fax"><span class="id">{receipt.id}</span></Fact>
        <Fact name="To"><Num of={receipt.to_number} /></Fact>
        <Fact name="From"><Num of={receipt.from_number} /></Fact>
        {receipt.reference && <Fact name="Reference">{receipt.reference}</Fact>}
        <Fact name="Submitted"><Local at={receipt.submitted_at} /></Fact>
        <Fact name="Completed"><Local at={receipt.completed_at} /></Fact>
        <Fact name="Known here"><Local at={receipt.settled_at} /> by {receipt.settled_by}</Fact>
        {receipt.pages !== null && <Fact name="Pages">{receipt.pages}{receipt.pages_total !== null && ` of ${receipt.pages_total}`}</Fact>}
        {receipt.duration_seconds !== null && <Fact name="Duration">{receipt.duration_seconds} s</Fact>}
        {receipt.failure && <Fact name="Failure">{worded(receipt.failure.class)}{receipt.failure.text && `: ${receipt.failure.text}`}</Fact>}
        {receipt.submission?.requested_by && <Fact name="Requested by">{receipt.submission.requested_by}</Fact>}
        {receipt.attempts.length > 1 && <Fact name="Attempts">{receipt.attempts.join(", ")}</Fact>}
      </dl>
      {[...receipt.sent_sha256, ...(receipt.content ? [receipt.content.sha256] : [])].map((hash) => (
        <p key={hash} class="hash">Document, SHA-256 <span class="id">{hash}</span></p>
      ))}
      <h2>Evidence</h2>
      <ol class="evidence">
        {receipt.evidence.map(({ kind, sha256, statement }) => (
          <li key={sha256}>
            {statement.source}: {"word" in statement ? <q>{statement.word}</q> : worded(statement.status)}, seen {exact(statement.seen_at)}
            {kind !== "final" && `, ${worded(kind)}`}
            <div class="hash">SHA-256 <span class="id">{sha256}</span></div>
          </li>
        ))}
      </ol>
      {receipt.is_conflict_resolved !== null && <p>{receipt.is_conflict_resolved ? "Two statements contradict each other; a person has said which is right." : "Two statements contradict each other, and nobody has said which is right."}</p>}
      {receipt.amendments.map((amendment) => (
        <p key={amendment.at}>Amended to {worded(amendment.status)} by {amendment.by}, {exact(amendment.at)}: <q>{amendment.because}</q></p>
      ))}
      <p class="muted">Issued <Local at={receipt.issued_at} /> ({receipt.time_zone}). {receipt.signature ? <>Signed, {receipt.signature.algorithm}: <span class="id">{receipt.signature.value}</span></> : "Not signed: the stack has no key for receipts."}</p>
    </article>
  );
}

/** In the stack's own time zone, as its own offset has it: a receipt says the same wherever it is read. */
function Local({ at }: { at: ReceiptTime | null }) {
  if (at === null) return <span class="muted">–</span>;
  const [day = "", rest = ""] = at.local.split("T");
  return <time dateTime={at.utc}>{day} {rest.slice(0, 8)} {/(Z|[+-]\d{2}:\d{2})$/.exec(rest)?.[0].replace("Z", "UTC")}</time>;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
