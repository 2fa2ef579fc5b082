/** What tells the samples of one metric apart: few values each, never anything that a stranger chooses. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** It only grows, and begins at 0 with each start of the process. */
export interface Counter {
  add(labels?: Labels, count?: number): void;
}

export interface Histogram {
  observe(value: number): void;
}

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Lines without the metric's name: `_sum 3`, `{state="ready"} 1`. */
  readonly lines: () => readonly string[] | Promise<readonly string[]>;
}

/** Sets of labels that one counter keeps apart; what comes beyond them is counted together as `other`. */
const labelSetsMax = 100;

/**
 * What is counted and measured, as Prometheus reads it. `gateway.ts` makes the one there is and hands it on.
 *
 * @example const lost = metrics.counter('eazewa_gaps_total', 'Gaps in what WhatsApp sent.'); lost.add();
 */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  /** `known`: labels that are shown with 0 from the start, so that the first increase is seen as one. */
  counter(name: string, help: string, known: readonly Labels[] = [{}]): Counter {
    const values = new Map(known.map((labels) => [textOf(labels), 0]));
    this.#add({
      name,
      type: 'counter',
      help,
      lines: () => [...values].map(([labels, value]) => `${labels} ${value}`),
    });
    return {
      add(labels = {}, count = 1) {
        const text = textOf(labels);
        const key = values.has(text) || values.size < labelSetsMax ? text : textOf(othersOf(labels));
        values.set(key, (values.get(key) ?? 0) + count);
      },
    };
  }

  /** `bounds`: upper ends of the buckets, in order. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const counts = bounds.map(() => 0);
    let [count, sum] = [0, 0];
    this.#add({
      name,
      type: 'histogram',
      help,
      lines: () => [
        ...bounds.map((bound, index) => `_bucket{le="${bound}"} ${counts[index]}`),
        `_bucket{le="+Inf"} ${count}`,
        `_sum ${sum}`,
        `_count ${count}`,
      ],
    });
    return {
      observe(value) {
        count++;
        sum += value;
        for (const [index, bound] of bounds.entries())
          if (value <= bound) counts[index] = (counts[index] ?? 0) + 1;
      },
    };
  }

  /** A value that is read when it is asked for. While that fails it is left out: the others are still of use. */
  reading(
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    read: () => number | readonly Sample[] | Promise<number | readonly Sample[]>,
  ): void {
    this.#add({
      name,
      type,
      help,
      async lines() {
        const found = await read();
        const samples = typeof found === 'number' ? [{ labels: {}, value: found }] : found;
        return samples.map(({ labels, value }) => `${textOf(labels)} ${value}`);
      },
    });
  }

  /** Everything in Prometheus' text format, version 0.0.4. */
  async text(): Promise<string> {
    const parts = await Promise.all([...this.#metrics.values()].map(textOfMetric));
    return parts.join('');
  }

  #add(metric: Metric): void {
    if (this.#metrics.has(metric.name)) throw new Error(`There is a metric ${metric.name} already.`);
    this.#metrics.set(metric.name, metric);
  }
}

/** The media type of `Metrics.text`. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

async function textOfMetric({ name, type, help, lines }: Metric): Promise<string> {
  const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  const all = await Promise.resolve()
    .then(lines)
    .catch(() => []);
  return `${head}${all.map((line) => `${name}${line}\n`).join('')}`;
}

function textOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function othersOf(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).map((name) => [name, 'other']));
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
