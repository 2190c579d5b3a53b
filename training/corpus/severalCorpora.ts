// Several corpora as one: names that no two parts or speakers share, and no person in two of them.
import type { Corpus, CorpusPart, CorpusSource, Take } from './takes.ts';

/** A bundle's manifest holds names and licences of 200 characters, and calls itself by the corpus's name and a word more. */
const longestName = 180;

/** The parts as one corpus; see `openCorpora`. */
export function joinParts(given: readonly CorpusPart[]): Corpus {
  const notes: string[] = [];
  const parts = withOwnNames(withoutDoubles(withOwnIds(given), notes), notes);
  const takes = parts.flatMap((part) => part.takes);
  const speakers = [...new Set(takes.map((take) => take.speaker))].sort();
  return { ...joinedSource(parts), takes, speakers, parts, notes };
}

function joinedSource(parts: readonly CorpusPart[]): CorpusSource {
  const joined = (texts: readonly string[], between: string) =>
    [...new Set(texts.filter((text) => text !== ''))].join(between);
  const names = joined(
    parts.map(({ name }) => name),
    ' + ',
  );
  const licences = joined(
    parts.flatMap(({ licence }) => licence.split(', ')),
    ', ',
  );
  return {
    name: names.length <= longestName ? names : `${parts.length} corpora`,
    licence: licences.length <= longestName ? licences : 'several licences: see each corpus',
    attribution: joined(
      parts.map(({ attribution }) => attribution),
      '; ',
    ),
    url: joined(
      parts.map(({ url }) => url),
      ' ',
    ),
  };
}

/** Of two parts that would be called the same, the later gets a number. */
function withOwnIds(parts: readonly CorpusPart[]): CorpusPart[] {
  const taken = new Set<string>();
  return parts.map((part) => {
    let id = part.id;
    for (let n = 2; taken.has(id); n++) id = `${part.id}-${n}`;
    taken.add(id);
    return { ...part, id, takes: part.takes.map((take) => ({ ...take, corpus: id })) };
  });
}

/**
 * A person whom two parts have counts in the one that has more takes of theirs: the others hold copies of the same recordings, of which some
 * would be trained on here and held out there.
 */
function withoutDoubles(parts: readonly CorpusPart[], notes: string[]): CorpusPart[] {
  const counts = new Map<string, number[]>();
  parts.forEach(({ takes }, p) => {
    for (const { person } of takes) {
      if (person === undefined) continue;
      const of = counts.get(person) ?? new Array<number>(parts.length).fill(0);
      of[p]++;
      counts.set(person, of);
    }
  });
  const homes = new Map([...counts].map(([person, of]) => [person, of.indexOf(Math.max(...of))]));
  return parts.map((part, p) => {
    const isHome = ({ person }: Take) => person === undefined || homes.get(person) === p;
    const takes = part.takes.filter(isHome);
    const left = part.takes.filter((take) => !isHome(take));
    if (left.length > 0) {
      const people = new Set(left.map(({ person }) => person)).size;
      notes.push(
        `${left.length} takes of ${part.id} are left out: ${people} of its speakers are in another corpus with more takes`,
      );
    }
    return { ...part, takes };
  });
}

/** Speakers of one name in two parts are two people. */
function withOwnNames(parts: readonly CorpusPart[], notes: string[]): CorpusPart[] {
  const taken = new Set(parts.flatMap(({ takes }) => takes.map(({ speaker }) => speaker)));
  const seen = new Set<string>();
  return parts.map((part) => {
    const speakers = [...new Set(part.takes.map(({ speaker }) => speaker))];
    const renamed = new Map<string, string>();
    for (const speaker of speakers.filter((name) => seen.has(name))) {
      let name = `${part.id}-${speaker}`;
      for (let n = 2; taken.has(name); n++) name = `${part.id}-${speaker}-${n}`;
      taken.add(name);
      renamed.set(speaker, name);
    }
    for (const speaker of speakers) seen.add(speaker);
    if (renamed.size === 0) return part;
    const [first] = renamed;
    notes.push(
      `${renamed.size} speakers of ${part.id} are called as others are before: ${first[0]} of it is ${first[1]} here`,
    );
    const takes = part.takes.map((take) => ({
      ...take,
      speaker: renamed.get(take.speaker) ?? take.speaker,
    }));
    return { ...part, takes };
  });
}
