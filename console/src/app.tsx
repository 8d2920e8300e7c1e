// The frame around every page: where one can go, and who may look.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { access } from "./access/access";
import { linkTo, usePlace, type Place } from "./address";
import { useStore } from "./store";
import { NumbersSwitch } from "./shown";
import { ZONE } from "./times";
import { Empty, Heading } from "./parts/basics";
import { Day } from "./pages/day";
import { ClosedDayPage, Days } from "./pages/days";
import { Deliveries } from "./pages/deliveries";
import { FaxDetails } from "./pages/fax";
import { Faxes } from "./pages/faxes";
import { Needs } from "./pages/needs";
import { ReceiptPage } from "./pages/receipt";
import { Routes } from "./pages/routes";
import { Send } from "./pages/send";

const PAGES: readonly [path: string, name: string][] = [
  ["today", "Today"],
  ["faxes", "Faxes"],
  ["needs", "Needs a person"],
  ["deliveries", "Deliveries"],
  ["days", "Days"],
  ["routes", "Routes"],
  ["send", "Send"],
];

export function App() {
  const place = usePlace();
  const state = useStore(access);
  const here = place.path[0] === "day" ? "days" : (place.path[0] ?? "today");
  const isGiven = state.is === "given";
  // On a narrow screen the names of the pages don't all fit beside each other.
  useEffect(() => document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [here, isGiven]);
  if (state.is === "waiting") return <Alone><p role="status">Waiting for the login…</p></Alone>;
  if (state.is === "refused") {
    return (
      <Alone>
        <p role="alert">{state.because}</p>
        {state.again && <button type="button" class="main" onClick={state.again}>Try again</button>}
      </Alone>
    );
  }
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>("h1")?.focus(); }}>Skip to the content</a>
      <header>
        <a class="brand" href={linkTo(["today"])}><img src="icon.svg" alt="" width="22" height="22" /> Faxledger <small>{state.stack}</small></a>
        <nav aria-label="Pages">
          {PAGES.map(([path, name]) => (
            <a key={path} href={linkTo([path])} aria-current={path === here ? "page" : undefined}>{name}</a>
          ))}
        </nav>
        <NumbersSwitch />
      </header>
      <main id="content"><Page of={place} /></main>
      <footer>Times are those of {ZONE}; a day is one of the stack’s own time zone.</footer>
    </>
  );
}

function Page({ of: { path, query } }: { of: Place }) {
  const [page = "today", name, part] = path;
  switch (page) {
    case "today":
      return <Day day="today" />;
    case "day":
      return <Day day={name ?? "today"} key={name} />;
    case "days":
      return name === undefined ? <Days /> : <ClosedDayPage day={name} version={query.get("version")} key={name} />;
    case "needs":
      return <Needs />;
    case "deliveries":
      return <Deliveries />;
    case "routes":
      return <Routes />;
    case "send":
      return <Send />;
    case "faxes":
      if (name === undefined) return <Faxes query={query} />;
      return part === "receipt" ? <ReceiptPage id={name} key={name} /> : <FaxDetails id={name} key={name} />;
    default:
      return <><Heading title="Nothing here">Nothing here</Heading><Empty>There is no such page. <a href={linkTo(["today"])}>Today</a> is one.</Empty></>;
  }
}

function Alone({ children }: { children: ComponentChildren }) {
  return <main class="alone"><h1><img src="icon.svg" alt="" width="32" height="32" /> Faxledger</h1>{children}</main>;
}
