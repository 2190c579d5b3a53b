// `render --part`: what single parts of a song play, in the words of the command line.
import { InputError, messageOf } from '../contract/errors.ts';
import { playModes, type PlayModeName } from '../contract/parameters.ts';
import { parseLyrics } from '../performer/lyrics.ts';
import { partsOf, type ArrangementSettings, type DrumUse, type PartSettings } from '../midi/arrangement.ts';
import type { Song } from '../midi/song.ts';

/** What of the command line concerns a song's parts. */
export interface PartOptions {
  readonly drums: DrumUse;
  readonly keyswitches?: boolean | undefined;
  /** `number:settings` each, as `2:mute` or `1:digit=7,voice=theo`. */
  readonly part: readonly string[];
}

/**
 * Settings of a song's parts.
 * @param voices of the model, by which `voice=` names them
 * @throws InputError naming what cannot be understood, with what is there
 */
export function arrangementOf(
  song: Song,
  options: PartOptions,
  voices: readonly string[],
): ArrangementSettings {
  const parts: Record<string, PartSettings> = {};
  const known = partsOf(song);
  const list = known.map(({ name, channel, port, notes }, index) => {
    const where = `channel ${channel}${port > 0 ? ` of port ${port + 1}` : ''}`;
    return `${index + 1} (${name ? `${name}, ` : ''}${where}, ${notes === 1 ? '1 note' : `${notes} notes`})`;
  });
  for (const text of options.part) {
    const [, number, settings] = /^\s*(\d+)\s*:\s*(.+?)\s*$/.exec(text) ?? [];
    const part = known[Number(number) - 1];
    if (settings === undefined || !part) {
      throw new InputError(
        `--part takes the number of a part and what it does, such as 1:mute, got ${text}; parts are ${list.join(', ')}`,
      );
    }
    parts[part.id] = { ...parts[part.id], ...settingsOf(settings, voices) };
  }
  return { drums: options.drums, keyswitches: options.keyswitches === true, parts };
}

function settingsOf(text: string, voices: readonly string[]): PartSettings {
  // A text may hold commas and comes last.
  const [, front, lyrics] = /^(.*?)(?:(?:^|,)\s*lyrics=(.*))?$/s.exec(text) ?? [];
  const settings: { -readonly [K in keyof PartSettings]: PartSettings[K] } = {};
  const items = front ? front.split(',') : [];
  for (const item of items) {
    const [key, value = ''] = item.split('=').map((piece) => piece.trim());
    switch (key) {
      case 'mute':
        refuseValue(item);
        settings.muted = true;
        break;
      case 'solo':
        refuseValue(item);
        settings.solo = true;
        break;
      case 'mode':
        settings.mode = oneOf('mode', value, playModes) as PlayModeName;
        break;
      case 'digit':
        settings.digit = Number(oneOf('digit', value, '0123456789'.split('')));
        break;
      case 'voice':
        settings.speaker = voices.indexOf(oneOf('voice', value, voices));
        break;
      default:
        throw new InputError(
          `--part: ${key} must be one of mute, solo, mode=, digit=, voice=, lyrics=, got ${item.trim()}`,
        );
    }
  }
  if (lyrics === undefined) return settings;
  try {
    parseLyrics(lyrics);
  } catch (error) {
    throw new InputError(`--part: ${messageOf(error)}`);
  }
  return { ...settings, lyrics };
}

/** Mute and solo are said, not set to something. */
function refuseValue(item: string): void {
  if (!item.includes('=')) return;
  throw new InputError(
    `--part: ${item.split('=')[0].trim()} takes no value, got ${item.trim()}; leave it out where it is not meant`,
  );
}

function oneOf(name: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value;
  throw new InputError(`--part: ${name} must be one of ${allowed.join(', ')}, got ${value || 'nothing'}`);
}
