// Runs inside pages, before their scripts: counts what a program has taken from the browser and not given back.

/** How many there are of each kind. */
export interface Census {
  /** Workers that were not terminated. */
  readonly workers: number;
  /** Contexts that were not closed. */
  readonly contexts: number;
  /** Audio nodes that the garbage collection has left. */
  readonly nodes: number;
  /** Ports that were neither closed nor collected. */
  readonly ports: number;
  /** Intervals, and timeouts that have not come yet. */
  readonly timers: number;
  /** Listeners that were not removed, of targets that are still there. */
  readonly listeners: number;
}

/** As window.census. */
export type TakeCensus = () => Census;

/** Install before any script of the page. Collect garbage before a census. */
export function installCensus(): void {
  type Constructor = new (...args: never[]) => object;
  const scope = globalThis as unknown as Record<string, unknown>;
  const classNames = Object.getOwnPropertyNames(globalThis).filter((name) => {
    const found = scope[name];
    return typeof found === 'function' && found.prototype instanceof AudioNode;
  });
  const nodes: WeakRef<object>[] = [];
  const ports: WeakRef<MessagePort>[] = [];
  const closed = new WeakSet<MessagePort>();
  const workers = new Set<object>();
  const contexts: WeakRef<AudioContext>[] = [];
  /** Calls `seen` with whatever a class makes. */
  const watch = (name: string, seen: (made: object) => void): void => {
    const Native = scope[name] as Constructor;
    scope[name] = class extends Native {
      constructor(...args: never[]) {
        super(...args);
        seen(this);
      }
    };
  };
  for (const name of classNames) {
    watch(name, (node) => {
      nodes.push(new WeakRef(node));
      if ('port' in node) ports.push(new WeakRef(node.port as MessagePort));
    });
  }
  watch('AudioContext', (context) => contexts.push(new WeakRef(context as AudioContext)));
  watch('Worker', (worker) => workers.add(worker));
  watch('MessageChannel', (made) => {
    const { port1, port2 } = made as MessageChannel;
    ports.push(new WeakRef(port1), new WeakRef(port2));
  });
  /** Puts `act` round a method; it is given the object, the arguments and the result. */
  const around = (
    holder: object,
    name: string,
    act: (self: object, args: readonly unknown[], result: unknown) => void,
  ): void => {
    const native = Reflect.get(holder, name) as (...args: unknown[]) => unknown;
    Reflect.set(holder, name, function (this: object, ...args: unknown[]) {
      const result = native.apply(this, args);
      act(this, args, result);
      return result;
    });
  };
  for (const name of Object.getOwnPropertyNames(BaseAudioContext.prototype)) {
    if (!name.startsWith('create')) continue;
    around(BaseAudioContext.prototype, name, (_self, _args, made) => {
      if (made instanceof AudioNode) nodes.push(new WeakRef(made));
    });
  }
  around(MessagePort.prototype, 'close', (port) => closed.add(port as MessagePort));
  around(Worker.prototype, 'terminate', (worker) => workers.delete(worker));
  const timers = new Set<unknown>();
  around(globalThis, 'setInterval', (_self, _args, id) => timers.add(id));
  for (const name of ['clearInterval', 'clearTimeout']) {
    around(globalThis, name, (_self, [id]) => timers.delete(id));
  }
  const startTimeout = globalThis.setTimeout as (
    act: (...args: unknown[]) => void,
    ms?: number,
    ...args: unknown[]
  ) => number;
  scope.setTimeout = (act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const id = startTimeout(() => {
      timers.delete(id);
      act(...args);
    }, ms);
    timers.add(id);
    return id;
  };
  interface Listening {
    readonly target: WeakRef<object>;
    readonly type: unknown;
    readonly listener: WeakRef<object>;
  }
  let listenings: Listening[] = [];
  const isOf = (one: Listening, target: object, type: unknown, listener: unknown): boolean =>
    one.target.deref() === target && one.type === type && one.listener.deref() === listener;
  around(EventTarget.prototype, 'addEventListener', (target, [type, listener, options]) => {
    const once = typeof options === 'object' && options !== null && 'once' in options;
    if (typeof listener !== 'function' || once) return;
    if (listenings.some((one) => isOf(one, target, type, listener))) return;
    listenings.push({ target: new WeakRef(target), type, listener: new WeakRef(listener) });
  });
  around(EventTarget.prototype, 'removeEventListener', (target, [type, listener]) => {
    listenings = listenings.filter((one) => !isOf(one, target, type, listener));
  });
  const census: TakeCensus = () => ({
    workers: workers.size,
    contexts: contexts.filter((ref) => (ref.deref()?.state ?? 'closed') !== 'closed').length,
    nodes: nodes.filter((ref) => ref.deref() !== undefined).length,
    ports: ports.filter((ref) => {
      const port = ref.deref();
      return port !== undefined && !closed.has(port);
    }).length,
    timers: timers.size,
    listeners: listenings.filter(({ target }) => target.deref() !== undefined).length,
  });
  Object.assign(window, { census });
}
