import { seededRandom } from './numbers.ts';

/** What is left to chance, by a seed: the same in the same order each time. */
export interface Drawing {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** Happens once in so many times. */
  onceIn(times: number): boolean;
  one<T>(list: readonly T[]): T;
  /** One of the names, as often as its weight says against the others. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
}

export function drawing(seed: number): Drawing {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return {
    below,
    onceIn: (times) => below(times) === 0,
    one: <T>(list: readonly T[]): T => list[below(list.length)]!,
    weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
      const names = Object.keys(weights) as Name[];
      let left = below(names.reduce((sum, name) => sum + weights[name], 0));
      for (const name of names) {
        left -= weights[name];
        if (left < 0) return name;
      }
      return names[0]!;
    },
  };
}
