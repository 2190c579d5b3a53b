// Rows of what a listener heard: how many clips of a kind as meant, over all and by where they come from and who speaks.
import type { Hearing } from '../../src/model/nodeListener.ts';
import { sexOf, type Take } from '../corpus/takes.ts';
import { wilson } from './wilson.ts';

/** Figures of one kind of clips. */
export interface EvaluationRow {
  readonly name: string;
  readonly clips: number;
  /** Share heard as the digit meant, and its 95 % interval (Wilson 1927). */
  readonly digit: number;
  readonly digitInterval: readonly [number, number];
  /** Mean probability of the digit meant. */
  readonly confidence: number;
  /** The same two of the speaker meant, where one is. */
  readonly speaker?: number;
  readonly speakerInterval?: readonly [number, number];
  /** Share that each judge hears as the digit meant, in the order of `judges`; of what is heard as sound alone. */
  readonly judged?: readonly number[];
}

/** What a clip was meant to be. */
export interface Meaning {
  readonly digit: number;
  readonly speaker?: string;
}

/**
 * The row of a kind of clips.
 * @param voices speakers whom the listener may know; of others it is not asked who speaks
 * @param judged the digits that each judge heard, where there are judges
 */
export function heardRow(
  name: string,
  meant: readonly Meaning[],
  hearings: readonly Hearing[],
  voices: readonly string[],
  judged: readonly (readonly number[])[] = [],
): EvaluationRow {
  let digits = 0;
  let confidence = 0;
  let speakers = 0;
  let named = 0;
  meant.forEach(({ digit, speaker }, i) => {
    const hearing = hearings[i];
    if (hearing.digit.label === String(digit)) digits++;
    confidence += hearing.digit.probabilities[digit] / meant.length;
    if (speaker === undefined || !('speaker' in hearing) || !voices.includes(speaker)) return;
    named++;
    if (hearing.speaker.label === speaker) speakers++;
  });
  return {
    name,
    clips: meant.length,
    digit: digits / meant.length,
    digitInterval: wilson(digits, meant.length),
    confidence,
    ...(judged.length > 0
      ? {
          judged: judged.map(
            (heard) => meant.filter(({ digit }, i) => heard[i] === digit).length / meant.length,
          ),
        }
      : {}),
    ...(named > 0 ? { speaker: speakers / named, speakerInterval: wilson(speakers, named) } : {}),
  };
}

/** Indices of takes by corpus, its part and the sex of the speaker, sorted by name; sex that nobody tells is a group of its own. */
export function takeGroups(takes: readonly Take[]): [string, number[]][] {
  const groups = new Map<string, number[]>();
  takes.forEach((take, i) => {
    const name = [take.corpus, take.source, sexOf(take) ?? 'sex unknown']
      .filter((text) => text !== undefined)
      .join(', ');
    groups.set(name, [...(groups.get(name) ?? []), i]);
  });
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A row for each group of the takes; none where they are all of one, which the row of all tells. */
export function groupRows(
  name: string,
  takes: readonly Take[],
  hearings: readonly Hearing[],
  voices: readonly string[],
  judged: readonly (readonly number[])[] = [],
): EvaluationRow[] {
  const groups = takeGroups(takes);
  if (groups.length < 2) return [];
  return groups.map(([group, indices]) =>
    heardRow(
      `${name}: ${group}`,
      indices.map((i) => takes[i]),
      indices.map((i) => hearings[i]),
      voices,
      judged.map((heard) => indices.map((i) => heard[i])),
    ),
  );
}
