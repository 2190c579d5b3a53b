// What the player wants of each MIDI port, by its name, and the place where that is kept.
import { Emitter } from '../contract/emitter.ts';
import { z } from '../schema.ts';
import { keepAside, type TextStore } from './profiles.ts';

/** Where settings are stored unless another name is given. */
export const portsKey = 'numvox.midi.ports';

/**
 * What an input is for. 'keys' passes notes with all that belongs to a hand on a keyboard; 'controllers' everything but the notes,
 * which only press what they have been bound to; 'clock' clock, transport and song position alone; 'everything' all of it.
 */
export const inputRoles = ['everything', 'keys', 'controllers', 'clock'] as const;
export type InputRole = (typeof inputRoles)[number];

/** What is heard of an input. */
export interface InputRules {
  readonly on: boolean;
  /** 1..16; clock and transport have no channel. */
  readonly channel: number | 'any';
  readonly role: InputRole;
}

/** What is sent, and where to. */
export interface OutputRules {
  /** Name of the output; empty for none. */
  readonly device: string;
  readonly notes: boolean;
  readonly controllers: boolean;
  readonly clock: boolean;
}

/** An input that nothing was set for. */
export const openInput: InputRules = { on: true, channel: 'any', role: 'everything' };
/** Whoever chooses an output wants to hear something from it. */
const plainOutput: OutputRules = { device: '', notes: true, controllers: true, clock: true };

const formatName = 'numvox-midi-ports';
const settingsFormat = z.object({
  format: z.literal(formatName),
  version: z.literal(1),
  doubled: z.boolean(),
  inputs: z.array(
    z.object({
      device: z.string(),
      on: z.boolean(),
      channel: z.union([z.literal('any'), z.int().check(z.minimum(1), z.maximum(16))]),
      role: z.enum(inputRoles),
    }),
  ),
  output: z.object({ device: z.string(), notes: z.boolean(), controllers: z.boolean(), clock: z.boolean() }),
});

type Settings = z.output<typeof settingsFormat>;

/** What was changed from `base` to `mine`, done to `theirs`. */
function merged(base: Settings, mine: Settings, theirs: Settings): Settings {
  const before = new Map(base.inputs.map((rules) => [rules.device, JSON.stringify(rules)]));
  const changed = mine.inputs.filter((rules) => before.get(rules.device) !== JSON.stringify(rules));
  const names = new Set(changed.map(({ device }) => device));
  const isSame = <T>(a: T, b: T) => JSON.stringify(a) === JSON.stringify(b);
  return {
    ...mine,
    doubled: isSame(base.doubled, mine.doubled) ? theirs.doubled : mine.doubled,
    inputs: [...theirs.inputs.filter(({ device }) => !names.has(device)), ...changed],
    output: isSame(base.output, mine.output) ? theirs.output : mine.output,
  };
}

/** Settings of all ports, those that are not there too. Two pages keep what each of them has set. */
export class PortSettings {
  readonly #store: TextStore;
  readonly #key: string;
  readonly #changed = new Emitter();
  readonly #inputs = new Map<string, InputRules>();
  #output = plainOutput;
  #doubled = false;
  /** As it was loaded or saved last. */
  #kept: Settings;
  #loadFault = '';
  #saveFault = '';

  /** Loads what is kept. Never throws: see `fault`. */
  constructor(store: TextStore, key = portsKey) {
    this.#store = store;
    this.#key = key;
    this.#load();
    this.#kept = this.#settings;
  }

  /** A sentence for people when settings could not be read or saved, else empty. */
  get fault(): string {
    return [this.#loadFault, this.#saveFault].filter(Boolean).join(' ');
  }

  /** @param device as `profileName` has it */
  input(device: string): InputRules {
    return this.#inputs.get(device) ?? openInput;
  }

  setInput(device: string, changes: Partial<InputRules>): void {
    this.#inputs.set(device, { ...this.input(device), ...changes });
    this.#save();
  }

  /** True where the same note from two inputs at once is one note. */
  get doubled(): boolean {
    return this.#doubled;
  }

  setDoubled(doubled: boolean): void {
    this.#doubled = doubled;
    this.#save();
  }

  get output(): OutputRules {
    return this.#output;
  }

  setOutput(changes: Partial<OutputRules>): void {
    this.#output = { ...this.#output, ...changes };
    this.#save();
  }

  /** Calls back after every change. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }

  #load(): void {
    let text: string | null = null;
    try {
      text = this.#store.getItem(this.#key);
      if (text === null) return;
      const { doubled, inputs, output } = settingsFormat.parse(JSON.parse(text));
      this.#doubled = doubled;
      for (const { device, ...rules } of inputs) this.#inputs.set(device, rules);
      this.#output = output;
    } catch {
      const kept = text === null ? 'the browser refuses.' : keepAside(this.#store, this.#key, text);
      this.#loadFault = `The settings of MIDI ports could not be read; ${kept}`;
    }
  }

  get #settings(): Settings {
    return {
      format: formatName,
      version: 1,
      doubled: this.#doubled,
      inputs: [...this.#inputs].map(([device, rules]) => ({ device, ...rules })),
      output: this.#output,
    };
  }

  /** What the store holds now; undefined where that is nothing that can be read. */
  #stored(): Settings | undefined {
    const text = this.#store.getItem(this.#key);
    try {
      return text === null ? undefined : settingsFormat.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  }

  #save(): void {
    const mine = this.#settings;
    try {
      const theirs = this.#stored();
      const content = theirs ? merged(this.#kept, mine, theirs) : mine;
      this.#store.setItem(this.#key, JSON.stringify(content, null, 1));
      this.#kept = mine;
      this.#saveFault = '';
    } catch {
      this.#saveFault = 'The settings of MIDI ports hold, but could not be saved.';
    }
    this.#changed.emit();
  }
}
