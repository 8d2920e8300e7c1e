// Routes, of which there are few, and the targets they name.
import { ask, pathOf } from "./calls";
import type { Route, Target } from "./documents";

export async function everyRoute(signal: AbortSignal): Promise<Route[]> {
  const routes: Route[] = [];
  let cursor: string | undefined;
  do {
    const page: { routes: Route[]; cursor: string | null } = await ask("GET", "/routes", { query: { cursor }, signal });
    routes.push(...page.routes);
    cursor = page.cursor ?? undefined;
  } while (cursor);
  return routes;
}

export function routeName(route: Pick<Route, "provider" | "name">): string {
  return route.provider === null ? "default" : `${route.provider}/${route.name}`;
}

export function pathOfRoute(route: Pick<Route, "provider" | "name">): string {
  return route.provider === null ? "/routes/default" : `/routes${pathOf(route.provider, route.name ?? "")}`;
}

/** A webhook's address may hold a secret behind its host: the host says enough. */
export function placeOf(target: Target): string {
  if (target.email) return target.email;
  try {
    return new URL(target.webhook ?? "").host;
  } catch {
    return "a webhook";
  }
}

export function placeOfTarget(id: string, routes: Route[]): string | undefined {
  const target = routes.flatMap((route) => route.targets).find((one) => one.id === id);
  return target && placeOf(target);
}
