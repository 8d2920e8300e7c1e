// A fax to one or more recipients, of documents that fit into one request.
import { useRef, useState } from "preact/hooks";
import { access } from "../access/access";
import { linkTo } from "../address";
import { ask, Problem } from "../api/calls";
import type { Provider } from "../api/documents";
import { useAction, useLive } from "../live";
import { Heading, Outcome, Sign, Waiting } from "../parts/basics";
import { counted } from "../words";

/**
 * A request takes 4 MB of documents. Larger ones would have to be put into a bucket, which is another origin: the page
 * reaches none.
 */
const MEGABYTE = 1024 * 1024;
const MOST_BYTES = 4 * MEGABYTE;

export function Send() {
  const form = useRef<HTMLFormElement>(null);
  const providers = useLive((signal) => ask<{ providers: Provider[] }>("GET", "/providers", { signal }), [], null);
  // One key for all tries of one form: a repeated request sends nothing twice.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [provider, setProvider] = useState("softlinx");
  const sending = useAction<string[]>();
  const [tooLarge, setTooLarge] = useState("");
  const names = providers.value?.providers.map((one) => one.provider) ?? ["softlinx"];
  const send = (event: Event) => {
    event.preventDefault();
    const given = new FormData(form.current ?? undefined);
    sending.run(async () => {
      const sent = await ask<{ submissions: { id: string }[] }>("POST", "/faxes", { headers: { "idempotency-key": key }, body: await requestOf(given) });
      form.current?.reset();
      setTooLarge("");
      setKey(crypto.randomUUID());
      return sent.submissions.map((one) => one.id);
    });
  };
  return (
    <>
      <Heading title="Send">Send</Heading>
      <Waiting live={providers} what="The providers" />
      {/* Whatever is changed is another request, which needs a key of its own. */}
      <form ref={form} class="send card" onSubmit={send} onInput={() => setKey(crypto.randomUUID())} autocomplete="off">
        <label>Provider
          <select name="provider" value={provider} onChange={(event) => setProvider(event.currentTarget.value)}>{names.map((name) => <option key={name}>{name}</option>)}</select>
        </label>
        <label>To <small>one number a line</small><textarea name="numbers" required rows={3} inputMode="tel" spellcheck={false} placeholder="+1 202 555 0100" /></label>
        <label>Documents <small>PDF or TIFF, up to 4 MB in all</small><input name="documents" type="file" multiple accept="application/pdf,image/tiff" aria-describedby="too-large" onChange={(event) => setTooLarge(whyTooLarge([...(event.currentTarget.files ?? [])]))} /></label>
        <div id="too-large" role="status">{tooLarge && <p class="problem"><Sign tone="bad" /> {tooLarge}</p>}</div>
        <label>Reference<input name="reference" maxLength={200} /></label>
        {provider === "softlinx" && <label>User at the provider<input name="user" maxLength={200} /></label>}
        {provider === "softlinx" && <label class="flag"><input type="checkbox" name="cover" /> with a cover page</label>}
        {provider === "softlinx" && <label>Words on the cover page<textarea name="message" rows={2} maxLength={4000} /></label>}
        <button type="submit" class="main" disabled={sending.isRunning}>Send</button>
        <Outcome of={sending} done={(ids) => (
          <>{counted(ids.length, "fax is", "faxes are")} on the way: {ids.map((id, at) => <> <a key={id} href={linkTo(["faxes", id])}>{ids.length > 1 ? `fax ${at + 1}` : "follow it"}</a></>)}</>
        )} />
        {sending.problem && <p class="muted">Sending the same once more sends nothing twice.</p>}
      </form>
    </>
  );
}

/** Throws `Problem`. */
async function requestOf(given: FormData): Promise<object> {
  const text = (name: string) => String(given.get(name) ?? "").trim();
  const files = given.getAll("documents").filter((file): file is File => file instanceof File && file.size > 0);
  const problem = whyTooLarge(files);
  if (problem) throw new Problem(0, problem);
  const options = { ...(given.has("cover") && { has_cover_page: true }), ...(text("message") && { cover_message: text("message") }) };
  return {
    provider: text("provider"),
    recipients: text("numbers").split("\n").map((line) => line.trim()).filter(Boolean).map((number) => ({ number })),
    documents: await Promise.all(files.map(async (file) => ({ type: file.type || "application/pdf", content: await base64(file) }))),
    ...(text("reference") && { reference: text("reference") }),
    ...(text("user") && { user: text("user") }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

/** What to do with them instead; empty where they fit. */
function whyTooLarge(files: File[]): string {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes <= MOST_BYTES) return "";
  const isLocal = access.value.is === "given" && access.value.isLocal;
  const command = isLocal ? "use `faxledger send`" : "ask whoever runs Faxledger to use `faxledger send`";
  const said = (Math.ceil((bytes / MEGABYTE) * 10) / 10).toLocaleString("en");
  return `This page sends 4 MB at once, and these documents have ${said} MB. Scan them in black and white at 200 dpi, send them as several faxes, or ${command}, which takes 20 MB each.`;
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(new Problem(0, "A document could not be read."));
    reader.readAsDataURL(file);
  });
}
