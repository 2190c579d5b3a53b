// What a model was trained on, as its manifest tells: each part of each corpus, its clips, a hash of their list, and whom to thank under which licence.
import { createHash } from 'node:crypto';
import { describeSource } from './listed.ts';
import type { CorpusPart, Take } from './takes.ts';

/** A corpus, or a part of it of one origin. */
export interface Provenance {
  readonly corpus: string;
  readonly source?: string;
  readonly licence: string;
  readonly attribution: string;
  readonly url: string;
  readonly clips: { readonly train: number; readonly test: number };
  readonly speakers: number;
  /** SHA-256 of the sorted lines "side digit take speaker", each with a line feed. */
  readonly clipsHash: string;
}

/**
 * An entry for each part of the corpora that takes are of, in the corpora's order, then by source and licence.
 * @param takes those that were used
 */
export function provenanceOf(parts: readonly CorpusPart[], takes: readonly Take[]): Provenance[] {
  return parts.flatMap((part) => {
    const groups = new Map<string, Take[]>();
    for (const take of takes.filter(({ corpus }) => corpus === part.id)) {
      const key = JSON.stringify([take.source ?? '', take.licence ?? part.licence]);
      groups.set(key, [...(groups.get(key) ?? []), take]);
    }
    return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, own]) => entryOf(part, own));
  });
}

function entryOf(part: CorpusPart, takes: readonly Take[]): Provenance {
  const [{ source, licence = part.licence }] = takes;
  const { attribution, url } = source === undefined ? part : describeSource(source, part);
  const train = takes.filter(({ split }) => split === 'train').length;
  const lines = takes.map(({ split, digit, take, speaker }) => `${split} ${digit} ${take} ${speaker}\n`);
  return {
    corpus: part.id,
    ...(source === undefined ? {} : { source }),
    licence,
    attribution,
    url,
    clips: { train, test: takes.length - train },
    speakers: new Set(takes.map(({ speaker }) => speaker)).size,
    clipsHash: createHash('sha256').update(lines.sort().join('')).digest('hex'),
  };
}
