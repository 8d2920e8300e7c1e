// Who may ask the API from here: by the key in the terminal's link, or by a login.
import { Store } from "../store";
import { hasExpired, loggedIn, logIn, logOut, type Issuer } from "./login";

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
      refuse(error instanceof Error ? error.message : "The login failed.", logInAgain);
      return;
    }
  } else if (token() === null) {
    refuse(LINK_AGAIN);
    return;
  }
  access.value = { is: "given", stack: config.stack, isLocal: login === null };
}

/** What a call has to bring; null where there is none, or its time is over. */
export function token(): string | null {
  return login !== null && hasExpired() ? null : sessionStorage.getItem(KEY);
}

/** There is no token that the API takes: a new login leads back to the same page; a key comes from the terminal only. */
export function tokenRefused(): void {
  logOut();
  if (login !== null) logInAgain();
  else refuse(LINK_AGAIN);
}

function logInAgain(): void {
  const issuer = login;
  // Calls that are refused at once ask for one login: of two, each would take the other's answer for another tab's.
  if (issuer === null || access.value.is === "waiting") return;
  access.value = { is: "waiting" };
  logIn(issuer).catch((error: Error) => refuse(error.message, logInAgain));
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
