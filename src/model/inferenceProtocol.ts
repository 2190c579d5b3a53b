// Messages between the page and the inference worker; decoded clips go from the worker to the kernel over their own port.
import type { FileBytes } from './keptFiles.ts';
import type { Manifest } from './manifest.ts';
import type { MapPoints } from './voiceMap.ts';

/** tfjs backends that can decode, in the order in which they are tried. */
export const backendNames = ['webgl', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** A point to decode: the kernel slot it is for, its digit-embedding point and its style vector. */
export interface DecodeTarget {
  readonly slot: number;
  /** The revision at which this very point moved last: a slot that was decoded at it is not decoded again. */
  readonly revision: number;
  /** What it says, 0..9, where the slot's number does not tell it. */
  readonly digit?: number;
  /** The note whose own point it is; absent for points that notes share. */
  readonly noteId?: number;
  readonly digitPoint: Float32Array;
  readonly style: Float32Array;
  /** The line that the point swings on. */
  readonly line?: LatentLine;
  /** Where its word is meanwhile, of a note that stands apart from it. */
  readonly wordLine?: LatentLine & { readonly slot: number; readonly style: Float32Array };
}

/** A piece of a straight line of styles that a point swings on: its ends, and where the point is at rest. See `LatentPaths`. */
export interface LatentLine {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly rest: Float32Array;
}

/** Absolute addresses of a bundle's files by name: bundlers put each file that they carry under a name of its own. */
export type ModelFiles = Readonly<Record<string, string>>;

/** Addresses of the WebAssembly that decodes, absolute. */
export interface DecoderUrls {
  /** Our kernels for tfjs, with SIMD. */
  readonly gemm: string;
  /** The same with fused multiply-add, for browsers that have relaxed SIMD. */
  readonly gemmRelaxed: string;
  /** tfjs' own wasm backend with SIMD, and without. */
  readonly tfjsSimd: string;
  readonly tfjs: string;
}

export type ToInference =
  /**
   * Load the bundle at `modelUrl` (a folder address ending in '/'); clips go to `kernelPort`. `backend` skips the measurement.
   * `modelFiles` are addresses, by name, of files that do not lie in that folder under their names. `files` are what the `ready` of
   * a worker before gave: nothing of that is fetched.
   */
  | {
      readonly type: 'load';
      readonly modelUrl: string;
      readonly modelFiles?: ModelFiles;
      readonly urls: DecoderUrls;
      readonly kernelPort: MessagePort;
      readonly backend?: BackendName;
      readonly files?: FileBytes;
    }
  /** Clips go to another kernel from now on, through `kernelPort`; targets of a new revision follow. */
  | { readonly type: 'kernel'; readonly kernelPort: MessagePort }
  /** Answered with `pong` as soon as the worker comes to it. */
  | { readonly type: 'ping' }
  /**
   * Latest wins: what was asked earlier and is not decoded yet is dropped. Most urgent target first; the first
   * `held` of them take turns, so that all notes that are held follow a point that moves faster than it is decoded.
   */
  | {
      readonly type: 'targets';
      readonly revision: number;
      readonly held: number;
      readonly targets: readonly DecodeTarget[];
    };

export type FromInference =
  | { readonly type: 'progress'; readonly step: string; readonly fraction: number }
  /** The decoder is warm. `milliseconds` is each measured backend's median decode with read-back; absent where it failed or was not tried. */
  | {
      readonly type: 'ready';
      readonly manifest: Manifest;
      /** SHA-256 of the weights that decode, in lower-case hexadecimal: tells one model from another of the same name. */
      readonly weightsHash: string | null;
      /** Corpus points of the 2-D map; null where the bundle has none or it could not be loaded. Their memory is transferred. */
      readonly map: MapPoints | null;
      /** Why the map could not be loaded; null where it was, or there is none. */
      readonly mapFault: string | null;
      /** Which WebAssembly could not be loaded, so that words are decoded more slowly; null where all was. */
      readonly wasmFault: string | null;
      readonly backend: BackendName;
      readonly milliseconds: Readonly<Partial<Record<BackendName, number>>>;
      /** The graphics renderer that WebGL reports, where it does. */
      readonly renderer: string | null;
      /** The bytes of all that was loaded, for the `load` of another worker. Transferred. */
      readonly files: FileBytes;
    }
  /** Every target of this revision has been decoded and sent. */
  | { readonly type: 'settled'; readonly revision: number }
  /** A point of this revision gave no word, and the kernel keeps the one it has; the revision is not settled. Told once for a list. */
  | { readonly type: 'refused'; readonly revision: number; readonly slot: number; readonly reason: string }
  /** The worker is alive; `decodingMilliseconds` is how long the decode under way has lasted, 0 without one. */
  | { readonly type: 'pong'; readonly decodingMilliseconds: number }
  /** Nothing more is to be expected of this worker. */
  | { readonly type: 'error'; readonly message: string };
