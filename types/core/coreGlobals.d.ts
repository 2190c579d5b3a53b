// All that rooms without a page may take from their host: what browsers, workers and Node have alike. Read in place of the DOM's types.

declare namespace WebAssembly {
  class Module {
    private readonly brand;
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Exports;
  }
  class Memory {
    constructor(limits: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  type Exports = Record<string, unknown>;
  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: ArrayBuffer): Promise<Module>;
}

interface MessageEvent<T = unknown> {
  readonly data: T;
}

declare class MessagePort {
  onmessage: ((event: MessageEvent<never>) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage(message: unknown, transfer?: readonly object[]): void;
  close(): void;
}

declare class URL {
  constructor(address: string, base?: string | URL);
  readonly href: string;
}

declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(text?: string | Record<string, string>);
  get(name: string): string | null;
  set(name: string, value: string): void;
  toString(): string;
  [Symbol.iterator](): Iterator<[string, string]>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(bytes: ArrayBuffer | Uint8Array): string;
}

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

interface Response {
  readonly ok: boolean;
  readonly status: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

declare function fetch(address: string | URL): Promise<Response>;
declare function structuredClone<T>(value: T): T;
declare function setTimeout(task: () => void, milliseconds?: number): number;
declare function clearTimeout(timer: number | undefined): void;

declare var performance: { now(): number };
declare var crypto: {
  readonly subtle: {
    digest(algorithm: 'SHA-256', bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  };
  getRandomValues<T extends Uint32Array>(into: T): T;
};

declare class Blob {
  constructor(parts: readonly (string | ArrayBuffer | ArrayBufferView<ArrayBuffer>)[]);
  arrayBuffer(): Promise<ArrayBuffer>;
}
