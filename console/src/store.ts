// One value that several parts of the page look at.
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  private readonly lookers = new Set<(value: T) => void>();

  constructor(private held: T) {}

  get value(): T {
    return this.held;
  }

  set value(value: T) {
    this.held = value;
    for (const tell of this.lookers) tell(value);
  }

  look(tell: (value: T) => void): () => void {
    this.lookers.add(tell);
    return () => this.lookers.delete(tell);
  }
}

export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(store.value);
  useEffect(() => {
    setValue(store.value);
    return store.look(setValue);
  }, [store]);
  return value;
}
