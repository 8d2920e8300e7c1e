// What is shown is kept fresh without reloading: asked for again and again, but not while nobody sees the page.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./api/calls";

export interface Live<T> {
  value: T | undefined;
  problem: Problem | undefined;
  isLoading: boolean;
  /** When the value came, in milliseconds of this machine's clock. */
  at: number | undefined;
  again: () => void;
}

/** How long to wait after a first failure, and at most, in seconds. */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 60;

/**
 * What `load` answers, asked for anew after so many `seconds` of it, or never again if that is null. A failure keeps the last value and
 * is followed by another try. `inputs` say what is asked: when they change, the value before is dropped.
 */
export function useLive<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
  seconds: number | null | ((value: T) => number | null),
): Live<T> {
  const [state, setState] = useState<Omit<Live<T>, "again">>(NOTHING_YET);
  const askNow = useRef<() => void>(() => undefined);
  useEffect(() => {
    const ended = new AbortController();
    let timer = 0;
    let failures = 0;
    let isAsking = false;
    let isDue = true;
    setState(NOTHING_YET);
    const plan = (wait: number | null) => {
      if (wait === null || ended.signal.aborted) return;
      timer = setTimeout(() => {
        isDue = true;
        if (!document.hidden) void now();
      }, wait * 1000);
    };
    const now = async () => {
      if (isAsking) return;
      clearTimeout(timer);
      isAsking = true;
      isDue = false;
      setState((before) => ({ ...before, isLoading: true }));
      try {
        const value = await load(ended.signal);
        if (ended.signal.aborted) return;
        failures = 0;
        setState({ value, problem: undefined, isLoading: false, at: Date.now() });
        plan(typeof seconds === "function" ? seconds(value) : seconds);
      } catch (error) {
        if (ended.signal.aborted) return;
        failures += 1;
        const problem = error instanceof Problem ? error : new Problem(0, "The answer could not be understood.");
        setState((before) => ({ ...before, problem, isLoading: false }));
        const isWorthIt = problem.status === 0 || problem.status === 429 || problem.status >= 500;
        plan(isWorthIt ? Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1)) : null);
      } finally {
        isAsking = false;
      }
    };
    askNow.current = () => void now();
    const seen = () => {
      if (!document.hidden && isDue) void now();
    };
    document.addEventListener("visibilitychange", seen);
    void now();
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, inputs);
  return { ...state, again: useCallback(() => askNow.current(), []) };
}

const NOTHING_YET = { value: undefined, problem: undefined, isLoading: true, at: undefined };

/** What came of something that a person has asked for by a button. */
export interface Action<T> {
  run: (work: () => Promise<T>) => void;
  isRunning: boolean;
  problem: Problem | undefined;
  done: T | undefined;
  forget: () => void;
}

export function useAction<T>(): Action<T> {
  const [state, setState] = useState<Omit<Action<T>, "run" | "forget">>(NOT_RUN);
  const run = useCallback((work: () => Promise<T>) => {
    setState({ ...NOT_RUN, isRunning: true });
    work().then(
      (done) => setState({ ...NOT_RUN, done }),
      (error: unknown) => {
        // Whoever stopped it knows.
        if (error instanceof DOMException && error.name === "AbortError") return setState(NOT_RUN);
        const problem = error instanceof Problem ? error : new Problem(0, "Something went wrong in this page.");
        setState({ ...NOT_RUN, problem });
      },
    );
  }, []);
  return { ...state, run, forget: useCallback(() => setState(NOT_RUN), []) };
}

const NOT_RUN = { isRunning: false, problem: undefined, done: undefined };
