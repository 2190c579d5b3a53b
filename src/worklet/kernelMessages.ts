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

function faultOfClip(message: Message<'clip'>, sizes: MessageSizes): string | undefined {
  const { length } = message.features;
  return (
    faultOfPlace('clip', message, sizes) ??
    (length === sizes.clipLength
      ? undefined
      : `clip.features must have ${sizes.clipLength} features, got ${length} for slot ${message.slot}`)
  );
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
