// Who may ask the API from here: by the key in the terminal's link, or by a login.
import { Store } from "../store";
import { loggedIn, logIn, type Issuer } from "./login";

interface Config {
  login: Issuer | null;
  stack: string;
}

/** `refused` holds the sentence that says what to do. */
export type Access =
  | { is: "waiting" }
  | { is: "refused"; because: string; again?: () => void }
  | { is: "given"; stack: string; isLocal: boolean };

export const access = new Store<Access>({ is: "waiting" });

const KEY = "faxledger.key";
const LINK_AGAIN = "This link's key is no longer good, or this tab has none. Open the link from the terminal again.";

let login: Issuer | null = null;

export async function begin(): Promise<void> {
  takeKey();
  addEventListener("hashchange", () => {
    // The link was opened again in this very tab.
    if (takeKey()) location.reload();
  });
  let config: Config;
  try {
    const answer = await fetch("config.json", { cache: "no-store" });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    config = (await answer.json()) as Config;
  } catch {
    refuse("The console can't be reached: its settings did not come.", () => void begin());
    return;
  }
  login = config.login;
  if (login !== null) {
    try {
      if (!(await loggedIn(login))) return;
    } catch (error) {
      const issuer = login;
      refuse(error instanceof Error ? error.message : "The login failed.", () => void logIn(issuer));
      return;
    }
  } else if (token() === null) {
    refuse(LINK_AGAIN);
    return;
  }
  access.value = { is: "given", stack: config.stack, isLocal: login === null };
}

export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

/** The API did not take the token: a new login leads back to the same page; a key comes from the terminal only. */
export function tokenRefused(): void {
  sessionStorage.removeItem(KEY);
  if (login !== null) {
    access.value = { is: "waiting" };
    const issuer = login;
    logIn(issuer).catch((error: Error) => refuse(error.message, () => void logIn(issuer)));
  } else {
    refuse(LINK_AGAIN);
  }
}

function refuse(because: string, again?: () => void): void {
  access.value = again ? { is: "refused", because, again } : { is: "refused", because };
}

/** Takes the key out of the address bar and the history into this tab's own storage. */
function takeKey(): boolean {
  const given = /^#key=([^&]+)/.exec(location.hash);
  if (!given?.[1]) return false;
  sessionStorage.setItem(KEY, given[1]);
  history.replaceState(null, "", `${location.pathname}#/`);
  return true;
}
