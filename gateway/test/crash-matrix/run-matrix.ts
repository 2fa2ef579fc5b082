import { temporarySchema } from '../../src/database/testing/databases.ts';
import { kinds, type Kind } from './kinds.ts';
import { MatrixWorld } from './matrix-world.ts';
import { points, type Point } from './points.ts';
import { runCell } from './run-cell.ts';

/** One kill and what was seen after it. */
export interface Cell {
  readonly point: Point;
  readonly kind: Kind;
  /** In words; empty when every promise was kept. */
  readonly broken: readonly string[];
}

export interface MatrixOptions {
  /** URL of a PostgreSQL database, used with schemas of its own; null for SQLite. */
  readonly server: string | null;
  /** Which cells; all that a kind of message can be killed at unless said otherwise. */
  readonly isWanted?: (point: Point, kind: Kind) => boolean;
  readonly onCell?: (cell: Cell) => void;
  /** Ends the run after the cell in hand. */
  readonly signal?: AbortSignal;
}

/** Kills the gateway once for every cell. A cell that breaks something is followed by a world of its own. */
export async function runMatrix({ server, isWanted, onCell, signal }: MatrixOptions): Promise<Cell[]> {
  const cells: Cell[] = [];
  let stage: Stage | null = null;
  try {
    for (const { point, kind } of reachable().filter(({ point, kind }) => isWanted?.(point, kind) ?? true)) {
      if (signal?.aborted === true) break;
      stage ??= await openStage(server);
      const broken = await runCell(stage.world, point, kind).catch((error: unknown) => [String(error)]);
      const cell = { point, kind, broken };
      cells.push(cell);
      onCell?.(cell);
      if (broken.length === 0) continue;
      await stage.close();
      stage = null;
    }
  } finally {
    await stage?.close();
  }
  return cells;
}

interface Stage {
  readonly world: MatrixWorld;
  readonly close: () => Promise<void>;
}

async function openStage(server: string | null): Promise<Stage> {
  const schema = server === null ? null : await temporarySchema(server);
  try {
    const world = await MatrixWorld.open(schema?.url ?? null);
    const close = async () => {
      await world.arena.close();
      await schema?.drop();
    };
    return { world, close };
  } catch (error) {
    await schema?.drop();
    throw error;
  }
}

/** Every point with every kind of message that passes it, kind by kind. */
export function reachable(): { point: Point; kind: Kind }[] {
  return kinds.flatMap((kind) =>
    points.filter(({ station }) => kind.stations.includes(station)).map((point) => ({ point, kind })),
  );
}
