// Who is told what became of whose faxes.
import { useRef, useState } from "preact/hooks";
import { ask } from "../api/calls";
import type { Route, Target } from "../api/documents";
import { everyRoute, pathOfRoute, placeOf, routeName } from "../api/routes";
import { useAction, useLive } from "../live";
import { Empty, Heading, Moment, Outcome, Waiting, Word } from "../parts/basics";
import { dayAndTime } from "../times";

const EVENTS = ["fax.sent", "fax.failed", "fax.received", "fax.status_conflict", "fax.overdue", "fax.amended", "day.closed"];

export function Routes() {
  const routes = useLive(everyRoute, [], null);
  const [edited, setEdited] = useState<string | null>(null);
  const done = () => {
    setEdited(null);
    routes.again();
  };
  return (
    <>
      <Heading title="Routes">Routes</Heading>
      <p class="muted">Of a fax’s user and number the user’s route comes first, then the number’s, then the default.</p>
      <Waiting live={routes} what="The routes" />
      {routes.value?.length === 0 && <Empty>Nobody is told by a route. Rules on the bus hear of everything all the same.</Empty>}
      <div class="cards">
        {routes.value?.map((route) => {
          const name = routeName(route);
          return (
            <article key={name} class="card" aria-label={`Route ${name}`}>
              <h2>{route.provider === null ? "Default" : name} <small class="muted">{route.changed_at && <>put <Moment at={route.changed_at} as={dayAndTime} /> by {route.changed_by ?? "somebody"}</>}</small></h2>
              {edited === name ? <Edit route={route} done={done} cancel={() => setEdited(null)} /> : (
                <>
                  <ul class="plain-list">{route.targets.map((target) => <TargetLine key={target.id} of={target} />)}</ul>
                  <div class="row"><button type="button" onClick={() => setEdited(name)}>Change</button><Remove route={route} done={done} /></div>
                </>
              )}
            </article>
          );
        })}
        <article class="card" aria-label="A new route">
          {edited === "" ? <Edit route={null} done={done} cancel={() => setEdited(null)} /> : <button type="button" onClick={() => setEdited("")}>Add a route</button>}
        </article>
      </div>
    </>
  );
}

function TargetLine({ of: target }: { of: Target }) {
  return (
    <li>
      <b>{placeOf(target)}</b> <span class="muted">{target.webhook ? "webhook" : "email"}, {target.events.join(", ") || "all events of faxes"} <span class="id">{target.id}</span></span>
      {target.disabled_at && <> <Word of="given_up" tone="bad"> disabled <Moment at={target.disabled_at} as={dayAndTime} />: it answered 410</Word></>}
    </li>
  );
}

function Remove({ route, done }: { route: Route; done: () => void }) {
  const [isSure, setSure] = useState(false);
  const removing = useAction<unknown>();
  if (!isSure) return <button type="button" onClick={() => setSure(true)}>Remove</button>;
  const remove = () => removing.run(async () => {
    await ask("DELETE", pathOfRoute(route));
    done();
  });
  return (
    <>
      <span>Nobody is told by it then.</span>
      <button type="button" class="main" onClick={remove} disabled={removing.isRunning}>Remove it</button>
      <button type="button" onClick={() => setSure(false)}>Keep it</button>
      <Outcome of={removing} />
    </>
  );
}

interface Draft {
  place: string;
  events: string[];
}

function Edit({ route, done, cancel }: { route: Route | null; done: () => void; cancel: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const putting = useAction<unknown>();
  const [drafts, setDrafts] = useState<Draft[]>(route?.targets.map((target) => ({ place: target.webhook ?? target.email ?? "", events: target.events })) ?? [{ place: "", events: [] }]);
  const change = (at: number, draft: Partial<Draft>) => setDrafts(drafts.map((one, index) => (index === at ? { ...one, ...draft } : one)));
  const put = (event: Event) => {
    event.preventDefault();
    const given = new FormData(form.current ?? undefined);
    const named = String(given.get("name") ?? "").trim();
    const whose = route ?? (named === "" ? { provider: null, name: null } : { provider: String(given.get("provider")), name: named });
    const targets = drafts.filter((draft) => draft.place.trim() !== "").map(({ place, events }) => ({
      ...(place.includes("://") ? { webhook: place.trim() } : { email: place.trim() }),
      ...(events.length > 0 && { events }),
    }));
    putting.run(async () => {
      await ask("PUT", pathOfRoute(whose), { body: { targets } });
      done();
    });
  };
  return (
    <form ref={form} onSubmit={put} autocomplete="off" class="edit">
      {route === null && (
        <div class="filter">
          <label>Provider<select name="provider"><option>softlinx</option><option>greenfax</option></select></label>
          <label>User or number <small>(empty: the default route)</small><input name="name" /></label>
        </div>
      )}
      {drafts.map((draft, at) => (
        <fieldset key={at}>
          <legend>Target {at + 1}</legend>
          <label>Webhook (https://…) or email address<input value={draft.place} required onInput={(event) => change(at, { place: event.currentTarget.value })} /></label>
          <div class="row" role="group" aria-label="Which events; none means all of faxes">
            {EVENTS.filter((name) => name !== "day.closed" || route === null || route.provider === null).map((name) => (
              <label key={name} class="flag"><input type="checkbox" checked={draft.events.includes(name)} onChange={(event) => change(at, { events: event.currentTarget.checked ? [...draft.events, name] : draft.events.filter((one) => one !== name) })} /> {name}</label>
            ))}
          </div>
          {drafts.length > 1 && <button type="button" class="quiet" onClick={() => setDrafts(drafts.filter((_, index) => index !== at))}>Leave it out</button>}
        </fieldset>
      ))}
      <div class="row">
        <button type="button" onClick={() => setDrafts([...drafts, { place: "", events: [] }])}>A further target</button>
        <button type="submit" class="main" disabled={putting.isRunning}>Save</button>
        <button type="button" onClick={cancel}>Leave it as it is</button>
      </div>
      <p class="muted">Saving takes the place of the whole route; targets that were disabled are enabled.</p>
      <Outcome of={putting} />
    </form>
  );
}
