// What a listener can name in a corpus: its heads, and the label of every take in each of them.
import { digitCount } from '../../src/contract/vocabulary.ts';
import type { ListenerShape } from '../../src/model/manifest.ts';
import type { Take } from './takes.ts';

/** A head of the listener: its name and what it can say. */
export type Head = ListenerShape['heads'][number];

/** Labels of takes in one head: index into the head's labels, -1 where it is unknown. */
export type Labels = Int16Array;

/** What is done with the text that a corpus gives for an attribute; undefined means unknown. */
const attributes: Readonly<Record<string, (text: string) => string | undefined>> = {
  gender: plain,
  age: decade,
  accent: plain,
};
/** An attribute of more values has too few speakers of each to be learnt from them. */
const mostAttributeValues = 8;

/** Speakers of fewer takes, and of less than this share of what the most recorded one has, are too little heard to be known again. */
const fewestTakes = 100;
const smallestShare = 0.06;

/** Sorted names of the training takes' speakers whom there are enough takes of to know them again: strangers who said a few words are none. */
function knownSpeakers(trainingTakes: readonly Pick<Take, 'speaker'>[]): string[] {
  const counts = new Map<string, number>();
  for (const { speaker } of trainingTakes) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  const most = [...counts.values()].reduce((a, b) => Math.max(a, b), 0);
  const isKnown = (count: number) => count >= fewestTakes || count >= smallestShare * most;
  return [...counts]
    .filter(([, count]) => isKnown(count))
    .map(([speaker]) => speaker)
    .sort();
}

/**
 * Heads for what the training takes differ in: digit; speaker, where there are enough takes of them; gender, age band and accent where the corpus tells at least 2
 * and at most 8 values of them. Labels are sorted.
 */
export function headsOf(trainingTakes: readonly Take[]): Head[] {
  const heads: Head[] = [{ name: 'digit', labels: Array.from({ length: digitCount }, (_, d) => String(d)) }];
  const speakers = knownSpeakers(trainingTakes);
  if (speakers.length > 1) heads.push({ name: 'speaker', labels: speakers });
  for (const name of Object.keys(attributes)) {
    const labels = distinct(trainingTakes.map((take) => textOf(take, name)));
    if (labels.length > 1 && labels.length <= mostAttributeValues) heads.push({ name, labels });
  }
  return heads;
}

/** Labels of takes in each head, in the heads' order. */
export function labelsOf(takes: readonly Take[], heads: readonly Head[]): Labels[] {
  return heads.map(({ name, labels }) =>
    Int16Array.from(takes, (take) => labels.indexOf(textOf(take, name) ?? '')),
  );
}

function textOf(take: Take, head: string): string | undefined {
  if (head === 'digit') return String(take.digit);
  if (head === 'speaker') return take.speaker;
  const text = take.attributes?.[head];
  return text === undefined ? undefined : attributes[head]?.(text);
}

/** AudioMNIST writes one accent both as "German" and as "german". */
function plain(text: string): string | undefined {
  return text.trim().toLowerCase() || undefined;
}

/** "20s" of an age; undefined of what is none, such as the 1234 years of one of AudioMNIST's speakers. */
function decade(text: string): string | undefined {
  const years = Number(text.trim() || NaN);
  return years >= 1 && years < 120 ? `${10 * Math.floor(years / 10)}s` : undefined;
}

function distinct(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))].sort();
}
