// The feature cache on disk: one row after the other in a file, appended as takes are prepared and read a row at a time.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { InputError } from '../../src/contract/errors.ts';

/** Of float32, which gives back what was put in, or of 16 bits for values in [0, 1], which halves the file and is off by 8e-6 at most. */
export type ValueBits = 16 | 32;

/** What a store holds, as its file says it. */
export interface StoreShape {
  /** Rows when it is whole. */
  readonly takes: number;
  /** Of each row. */
  readonly values: number;
  readonly bits: ValueBits;
}

/** What is known of a take beside its features. */
export interface TakeFacts {
  /** Length of the word; -1 of a take that cannot be used. */
  readonly seconds: number;
  /** Of the recording. */
  readonly rate: number;
  readonly isCut: boolean;
}

const magic = 'numvox-1';
/** Read back differently by a machine of the other byte order. */
const orderMark = 0x01020304;
const headBytes = 64;
/** Checksum of what follows, seconds, rate, whether it was cut. */
const factBytes = 16;
const most16 = 65_535;
/** Rows are looked through in pieces of about this size. */
const scanBytes = 2 ** 22;

/**
 * A file of rows. A row counts when its checksum is right: those before the first that is not are kept when a store is opened that
 * was cut off by a kill or a full disk, and the rest is appended anew.
 */
export class FeatureStore {
  readonly path: string;
  readonly shape: StoreShape;
  readonly facts: TakeFacts[] = [];
  readonly #file: number;
  readonly #row: Buffer;

  private constructor(path: string, shape: StoreShape, file: number) {
    this.path = path;
    this.shape = shape;
    this.#file = file;
    this.#row = Buffer.alloc(rowBytes(shape));
  }

  /**
   * Opens the store at a path to append to it, with the rows that are there and sound; a new one where there is none, or one of another shape.
   * @throws the file system's error
   */
  static openToAppend(path: string, shape: StoreShape): FeatureStore {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
    const store = new FeatureStore(path, shape, file);
    try {
      if (!store.#isOurs()) {
        ftruncateSync(file, 0);
        writeSync(file, headOf(shape), 0, headBytes, 0);
      }
      store.#scan();
      ftruncateSync(file, store.#placeOf(store.facts.length));
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return store;
  }

  /** Opens a whole store to read; undefined where there is none of this shape, or some of its rows are missing or damaged. */
  static openWhole(path: string, shape: StoreShape): FeatureStore | undefined {
    const store = FeatureStore.openToRead(path, shape);
    if (!store) return undefined;
    store.#scan();
    if (store.facts.length === shape.takes) return store;
    store.close();
    return undefined;
  }

  /** The same, of a store that was looked through before: its rows are not checked until they are read. */
  static openToRead(path: string, shape: StoreShape): FeatureStore | undefined {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch {
      return undefined;
    }
    const store = new FeatureStore(path, shape, file);
    if (store.#isOurs()) return store;
    store.close();
    return undefined;
  }

  /** Appends a row; its values are in [0, 1]. */
  append(values: Float32Array, facts: TakeFacts): void {
    const row = this.#row;
    row.writeFloatLE(facts.seconds, 4);
    row.writeFloatLE(facts.rate, 8);
    row.writeUInt32LE(facts.isCut ? 1 : 0, 12);
    if (this.shape.bits === 32) new Float32Array(row.buffer, row.byteOffset + factBytes).set(values);
    else {
      const whole = new Uint16Array(row.buffer, row.byteOffset + factBytes, values.length);
      for (let k = 0; k < values.length; k++) whole[k] = Math.round(values[k] * most16);
    }
    row.writeUInt32LE(crc32(row.subarray(4)), 0);
    const at = this.#placeOf(this.facts.length);
    if (writeSync(this.#file, row, 0, row.length, at) < row.length) throw new Error('the disk is full');
    this.facts.push(facts);
  }

  /**
   * Reads a row.
   * @param into shape.values
   * @throws InputError when the row is damaged
   */
  read(index: number, into: Float32Array): void {
    const row = this.#row;
    const length = readSync(this.#file, row, 0, row.length, this.#placeOf(index));
    if (length < row.length || !isSound(row)) {
      throw new InputError(`${this.path} is damaged; remove it, and it is made again`);
    }
    const { values, bits } = this.shape;
    if (bits === 32) into.set(new Float32Array(row.buffer, row.byteOffset + factBytes, values));
    else {
      const whole = new Uint16Array(row.buffer, row.byteOffset + factBytes, values);
      for (let k = 0; k < values; k++) into[k] = whole[k] / most16;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #placeOf(index: number): number {
    return headBytes + index * this.#row.length;
  }

  #isOurs(): boolean {
    const head = Buffer.alloc(headBytes);
    return readSync(this.#file, head, 0, headBytes, 0) === headBytes && head.equals(headOf(this.shape));
  }

  /** Finds the facts of the rows that are there and sound. */
  #scan(): void {
    const { length } = this.#row;
    const rows = Math.min(this.shape.takes, Math.floor((fstatSync(this.#file).size - headBytes) / length));
    const atOnce = Math.max(1, Math.floor(scanBytes / length));
    const piece = Buffer.alloc(atOnce * length);
    for (let start = 0; start < rows; start += atOnce) {
      const bytes = readSync(
        this.#file,
        piece,
        0,
        Math.min(atOnce, rows - start) * length,
        this.#placeOf(start),
      );
      for (let at = 0; at + length <= bytes; at += length) {
        const row = piece.subarray(at, at + length);
        if (!isSound(row)) return;
        this.facts.push({
          seconds: row.readFloatLE(4),
          rate: row.readFloatLE(8),
          isCut: row.readUInt32LE(12) === 1,
        });
      }
    }
  }
}

function isSound(row: Buffer): boolean {
  return row.readUInt32LE(0) === crc32(row.subarray(4));
}

function rowBytes({ values, bits }: StoreShape): number {
  // Float32 of the next row begins at a multiple of four.
  return factBytes + 4 * Math.ceil((values * bits) / 32);
}

function headOf({ takes, values, bits }: StoreShape): Buffer {
  const head = Buffer.alloc(headBytes);
  head.write(magic, 0, 'latin1');
  new Uint32Array(head.buffer, head.byteOffset + 8, 4).set([orderMark, takes, values, bits]);
  return head;
}
