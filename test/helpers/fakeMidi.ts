// A fake Web MIDI access with stable port objects and hot-plug, for Node and (as source text) for pages.

/** Control surface of a fake access. */
export interface FakeMidi {
  /** Stands in for navigator.requestMIDIAccess. */
  readonly request: () => Promise<unknown>;
  plug(id: string, name: string): void;
  unplug(id: string): void;
  /** Reports `connected` again for a port that is there, as some devices do. */
  report(id: string): void;
  /** Sends bytes from a port; `timeStamp` defaults to now. */
  send(id: string, bytes: readonly number[], timeStamp?: number): void;
  /** An output; `loop` names the input on which everything comes back that is sent to it. */
  plugOut(id: string, name: string, loop?: string): void;
  unplugOut(id: string): void;
  /** What was sent to an output: bytes with the time when they leave. */
  sent(id: string): readonly SentBytes[];
}

/** Bytes that a page has sent. */
export interface SentBytes {
  readonly bytes: readonly number[];
  readonly ms: number;
}

/** Makes one. Self-contained: tests inject its source into pages. */
export function createFakeMidi(): FakeMidi {
  class Port extends EventTarget {
    readonly type: 'input' | 'output';
    readonly manufacturer = 'none';
    readonly version = '1';
    state = 'connected';
    connection = 'closed';
    onmidimessage: ((event: Event) => void) | null = null;
    onstatechange: ((event: Event) => void) | null = null;
    readonly id: string;
    readonly name: string;
    readonly loop: string;
    readonly sent: { bytes: number[]; ms: number }[] = [];
    constructor(id: string, name: string, type: 'input' | 'output' = 'input', loop = '') {
      super();
      this.type = type;
      this.loop = loop;
      this.id = id;
      this.name = name;
    }
    open() {
      this.connection = 'open';
      return Promise.resolve(this);
    }
    close() {
      this.connection = 'closed';
      return Promise.resolve(this);
    }
    send(bytes: readonly number[], ms = 0) {
      if (this.state !== 'connected') throw new DOMException('the port is not there', 'InvalidStateError');
      this.sent.push({ bytes: [...bytes], ms: Math.max(ms, performance.now()) });
      if (!this.loop) return;
      setTimeout(() => say(this.loop, bytes, performance.now()), Math.max(0, ms - performance.now()));
    }
  }
  const access = {
    inputs: new Map<string, Port>(),
    outputs: new Map<string, Port>(),
    sysexEnabled: false,
    onstatechange: null as ((event: unknown) => void) | null,
  };
  const ports = new Map<string, Port>();
  const say = (id: string, bytes: readonly number[], timeStamp: number) => {
    const event = new Event('midimessage');
    Object.defineProperty(event, 'data', { value: Uint8Array.from(bytes) });
    Object.defineProperty(event, 'timeStamp', { value: timeStamp });
    ports.get(id)?.onmidimessage?.(event);
  };
  const outs = new Map<string, Port>();
  const change = (port: Port) => {
    access.onstatechange?.({ port, timeStamp: performance.now() });
  };
  return {
    request: () => Promise.resolve(access),
    plug(id, name) {
      const port = ports.get(id) ?? new Port(id, name);
      ports.set(id, port);
      port.state = 'connected';
      access.inputs.set(id, port);
      change(port);
    },
    unplug(id) {
      const port = ports.get(id);
      if (!port) return;
      port.state = 'disconnected';
      access.inputs.delete(id);
      change(port);
    },
    report(id) {
      const port = ports.get(id);
      if (port) change(port);
    },
    send(id, bytes, timeStamp = performance.now()) {
      say(id, bytes, timeStamp);
    },
    plugOut(id, name, loop = '') {
      const port = outs.get(id) ?? new Port(id, name, 'output', loop);
      outs.set(id, port);
      port.state = 'connected';
      access.outputs.set(id, port);
      change(port);
    },
    unplugOut(id) {
      const port = outs.get(id);
      if (!port) return;
      port.state = 'disconnected';
      access.outputs.delete(id);
      change(port);
    },
    sent: (id) => outs.get(id)?.sent ?? [],
  };
}
