// A login by OpenID Connect: authorization code with PKCE (RFC 7636). Tokens stay in this tab.

export interface Issuer {
  issuer: string;
  client_id: string;
  scopes: string[];
}

interface Discovery {
  authorization_endpoint: string;
  token_endpoint: string;
}

/** What is remembered between leaving for the issuer and coming back. */
interface Leaving {
  state: string;
  nonce: string;
  verifier: string;
  place: string;
}

const KEY = "faxledger.key";
const UNTIL = "faxledger.until";
const LEFT = "faxledger.login";
/** What an issuer says where nobody may come in, or somebody has turned back (RFC 6749, section 4.1.2.1). */
const DENIED = "access_denied";

/**
 * Whether somebody is logged in; otherwise the browser is on its way to the issuer. Throws an Error that says what
 * was wrong with the issuer's answer.
 */
export async function loggedIn(issuer: Issuer): Promise<boolean> {
  const answered = new URLSearchParams(location.search);
  if (answered.has("code") || answered.has("error")) {
    await comeBack(issuer, answered);
    return true;
  }
  if (sessionStorage.getItem(KEY) !== null && !hasExpired()) return true;
  await logIn(issuer);
  return false;
}

/**
 * Whether the token's time is over, counted by this machine's clock from when it came: a clock that is wrong by an hour
 * would take each new token's own `exp` for past.
 */
export function hasExpired(): boolean {
  const until = sessionStorage.getItem(UNTIL);
  return until !== null && Date.now() >= Number(until);
}

/** Forgets the token. */
export function logOut(): void {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(UNTIL);
}

export async function logIn(issuer: Issuer): Promise<void> {
  const { authorization_endpoint } = await discovered(issuer);
  const left: Leaving = { state: random(), nonce: random(), verifier: random(), place: location.hash };
  sessionStorage.setItem(LEFT, JSON.stringify(left));
  const asked = new URL(authorization_endpoint);
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(left.verifier));
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: issuer.client_id,
    redirect_uri: ownAddress(),
    scope: ["openid", ...issuer.scopes].join(" "),
    state: left.state,
    nonce: left.nonce,
    code_challenge: base64url(new Uint8Array(challenge)),
    code_challenge_method: "S256",
  })) {
    asked.searchParams.set(name, value);
  }
  location.assign(asked);
}

async function comeBack(issuer: Issuer, answered: URLSearchParams): Promise<void> {
  const kept = sessionStorage.getItem(LEFT);
  sessionStorage.removeItem(LEFT);
  const left = kept === null ? null : (JSON.parse(kept) as Leaving);
  history.replaceState(null, "", location.pathname + (left?.place ?? ""));
  if (left === null || answered.get("state") !== left.state) {
    throw new Error("The login's answer is not for this tab: its state differs. Log in again.");
  }
  const code = answered.get("code");
  if (code === null) throw new Error(whyRefused(answered.get("error")));
  const { token_endpoint } = await discovered(issuer);
  const answer = await fetch(token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      client_id: issuer.client_id,
      redirect_uri: ownAddress(),
      code_verifier: left.verifier,
    }),
  });
  const tokens = (await answer.json().catch(() => ({}))) as { access_token?: string; id_token?: string; expires_in?: number };
  if (!answer.ok || !tokens.access_token) throw new Error("The issuer gave no token for the login. Log in again.");
  checkIdToken(tokens.id_token, issuer, left.nonce);
  logOut();
  sessionStorage.setItem(KEY, tokens.access_token);
  if (tokens.expires_in) sessionStorage.setItem(UNTIL, String(Date.now() + tokens.expires_in * 1000));
}

function whyRefused(error: string | null): string {
  if (error === DENIED) {
    return "The login was refused: it was cancelled, or you may not use this console. Whoever runs the login can let you in.";
  }
  return `The login failed: the issuer answered ${error ?? "without a code"}. Log in again.`;
}

/**
 * The token came over TLS from the issuer itself, which stands for its signature (OpenID Connect Core, 3.1.3.7);
 * whom it is for, and for which login, is looked at here.
 */
function checkIdToken(token: string | undefined, issuer: Issuer, nonce: string): void {
  let claims: { iss?: string; aud?: string | string[]; nonce?: string };
  try {
    const part = (token ?? "").split(".")[1] ?? "";
    const text = atob(part.replace(/-/g, "+").replace(/_/g, "/"));
    claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
  } catch {
    throw new Error("The issuer's id token can't be read. Log in again.");
  }
  const isForUs = [claims.aud].flat().includes(issuer.client_id);
  if (claims.nonce !== nonce || !isForUs || claims.iss !== issuer.issuer) {
    throw new Error("The issuer's id token is not of this login: issuer, audience or nonce differ. Log in again.");
  }
}

async function discovered(issuer: Issuer): Promise<Discovery> {
  const address = `${issuer.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error();
    return (await answer.json()) as Discovery;
  } catch {
    throw new Error(`The issuer ${issuer.issuer} can't be reached. Log in again.`);
  }
}

function ownAddress(): string {
  return location.origin + location.pathname;
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
