// Numbers of people, and what else of a fax names somebody, are masked until a person asks for them.
import { Store, useStore } from "./store";

const areShown = new Store(false);

export function useNumbersShown(): boolean {
  return useStore(areShown);
}

export function NumbersSwitch() {
  const shown = useNumbersShown();
  return (
    <button type="button" class="quiet" aria-pressed={shown} onClick={() => (areShown.value = !shown)}>
      Show numbers
    </button>
  );
}

export function Num({ of }: { of: string | null }) {
  const shown = useNumbersShown();
  if (!of) return <span class="muted">–</span>;
  return shown ? <span class="num">{of}</span> : <span class="num"><span aria-hidden="true">•••</span><span class="only-heard">number ending in </span>{of.slice(-4).padStart(4, "•")}</span>;
}

const NAMES_SOMEBODY = /number|caller|dest|sender|recipient|name|subject|[tc]si|phone|^to$|^from$/i;

/** What a provider has said in one of its own fields. */
export function Given({ name, text }: { name: string; text: string }) {
  const shown = useNumbersShown();
  const isMasked = !shown && text !== "" && (NAMES_SOMEBODY.test(name) || (/\d{7}/.test(text) && !/id$/i.test(name)));
  return isMasked ? <span class="muted" title="Masked: Show numbers">•••</span> : <>{text}</>;
}
