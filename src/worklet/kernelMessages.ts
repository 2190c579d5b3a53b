// What may be wrong with a message to the kernel: pure functions, so that every field's range is said, and tested, once.
import { faultOfOffsets } from '../contract/modulation.ts';
import { faultOfVoiceParameters } from '../contract/voiceParameters.ts';
import { LOWEST_F0 } from '../dsp/harmonicTables.ts';
import { DIGITS } from './clipBank.ts';
import type { ToKernel } from './kernelProtocol.ts';

/** What messages are checked against: the sizes of one kernel. */
export interface MessageSizes {
  /** Places of its clip bank. */
  readonly slots: number;
  readonly styleDimensions: number;
  /** Features of a clip. */
  readonly clipLength: number;
}

type Message<T extends ToKernel['type']> = Extract<ToKernel, { type: T }>;

/** Ranges that a noteOn and a control share. */
const SPEED = { min: -8, max: 8 } as const;
const PITCH = { min: LOWEST_F0, max: 20000 } as const;

/**
 * The fault of a message as a sentence that names the field, its range and the value; undefined when it has none.
 * Never throws, whatever the numbers are.
 */
export function faultOfMessage(message: ToKernel, sizes: MessageSizes): string | undefined {
  switch (message.type) {
    case 'clip':
      return faultOfClip(message, sizes);
    case 'noteOn':
      return faultOfNote(message, sizes);
    case 'control':
      return faultOfControl(message);
    case 'changes':
      return undefined;
    case 'word':
      return faultOfPlace('word', message, sizes);
    case 'parameters':
      return faultOfVoiceParameters(message.parameters);
    case 'noteOff':
    case 'silence':
    case 'port':
    case 'status':
    case 'close':
      return undefined;
    default:
      return 'the kernel was sent a message of an unknown type';
  }
}

/**
 * The fault of what another thread has sent, which may be anything: only clips pass. Never throws, and says nothing of what was
 * sent but numbers.
 */
export function faultOfClipFrom(data: unknown, sizes: MessageSizes): string | undefined {
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'clip') {
    return 'what was sent to the kernel is no clip';
  }
  const { style, features, noteId } = data as Partial<Record<keyof Message<'clip'>, unknown>>;
  if (!(style instanceof Float32Array)) return 'clip.style must be a Float32Array';
  if (!(features instanceof Float32Array)) return 'clip.features must be a Float32Array';
  if (noteId !== undefined && !Number.isSafeInteger(noteId)) return 'clip.noteId must be a whole number';
  return faultOfClip(data as Message<'clip'>, sizes);
}

function faultOfClip(message: Message<'clip'>, sizes: MessageSizes): string | undefined {
  const { features, style, slot, revision } = message;
  return (
    faultOfPlace('clip', message, sizes) ??
    faultOfNumber('clip.revision', revision, 0, Number.MAX_SAFE_INTEGER) ??
    (features.length === sizes.clipLength
      ? undefined
      : `clip.features must have ${sizes.clipLength} features, got ${features.length} for slot ${slot}`) ??
    faultOfValues(`clip.style of slot ${slot}`, style, -Infinity, Infinity) ??
    faultOfValues(`clip.features of slot ${slot}`, features, 0, 1)
  );
}

/** The first value that is not finite or out of range. Runs in the audio thread for every clip: no closures. */
function faultOfValues(name: string, values: Float32Array, min: number, max: number): string | undefined {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // NaN and infinity are the only numbers that do not cancel themselves.
    if (value - value !== 0 || value < min || value > max) {
      return `${name} must be finite numbers from ${min} to ${max}, got ${value}`;
    }
  }
  return undefined;
}

function faultOfNote(message: Message<'noteOn'>, sizes: MessageSizes): string | undefined {
  const { gain, speed = 1, pitchHz = 0, velocity = 1, pan = 0, offsets } = message;
  return (
    faultOfPlace('noteOn', message, sizes) ??
    faultOfNumber('noteOn.gain', gain, 0, 1) ??
    faultOfNumber('noteOn.velocity', velocity, 0, 1) ??
    faultOfNumber('noteOn.pan', pan, -1, 1) ??
    faultOfNumber('noteOn.speed', speed, SPEED.min, SPEED.max) ??
    faultOfPitch('noteOn.pitchHz', pitchHz) ??
    (offsets && faultOfOffsets(offsets))
  );
}

function faultOfControl(message: Message<'control'>): string | undefined {
  const { speed = 1, pitchHz = 0, pitchRatio = 1, position = 0, glideSeconds = 0 } = message;
  const { gain = 1, pan = 0, offsets } = message;
  return (
    faultOfNumber('control.speed', speed, SPEED.min, SPEED.max) ??
    faultOfPitch('control.pitchHz', pitchHz) ??
    faultOfNumber('control.pitchRatio', pitchRatio, 1 / 16, 16) ??
    faultOfNumber('control.position', position, 0, Infinity) ??
    faultOfNumber('control.glideSeconds', glideSeconds, 0, 60) ??
    faultOfNumber('control.gain', gain, 0, 4) ??
    faultOfNumber('control.pan', pan, -1, 1) ??
    (offsets && faultOfOffsets(offsets))
  );
}

/** Slot, digit and style, which say what is played. */
function faultOfPlace(
  type: 'clip' | 'noteOn' | 'word',
  { slot, digit = slot % DIGITS, style }: Message<'clip' | 'noteOn' | 'word'>,
  { slots, styleDimensions }: MessageSizes,
): string | undefined {
  if (style.length !== styleDimensions) {
    return `${type}.style must have ${styleDimensions} values, got ${style.length}`;
  }
  return faultOfIndex(`${type}.slot`, slot, slots - 1) ?? faultOfIndex(`${type}.digit`, digit, DIGITS - 1);
}

function faultOfIndex(name: string, value: number, max: number): string | undefined {
  if (Number.isInteger(value) && value >= 0 && value <= max) return undefined;
  return `${name} must be a whole number from 0 to ${max}, got ${value}`;
}

function faultOfNumber(name: string, value: number, min: number, max: number): string | undefined {
  if (value >= min && value <= max) return undefined;
  return `${name} must be a number from ${min} to ${max}, got ${value}`;
}

function faultOfPitch(name: string, value: number): string | undefined {
  if (value === 0 || (value >= PITCH.min && value <= PITCH.max)) return undefined;
  return `${name} must be 0 or a number from ${PITCH.min} to ${PITCH.max}, got ${value}`;
}
