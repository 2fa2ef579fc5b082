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
  /** A PostgreSQL URL; null for SQLite. */
  readonly database: string | null;
  /** Which cells; all that a kind of message can be killed at unless said otherwise. */
  readonly isWanted?: (point: Point, kind: Kind) => boolean;
  readonly onCell?: (cell: Cell) => void;
}

/** Kills the gateway once for every cell. A cell that breaks something is followed by a world of its own. */
export async function runMatrix({ database, isWanted, onCell }: MatrixOptions): Promise<Cell[]> {
  const cells: Cell[] = [];
  let world: MatrixWorld | null = null;
  try {
    for (const { point, kind } of reachable().filter(({ point, kind }) => isWanted?.(point, kind) ?? true)) {
      world ??= await MatrixWorld.open(database);
      const broken = await runCell(world, point, kind).catch((error: unknown) => [String(error)]);
      const cell = { point, kind, broken };
      cells.push(cell);
      onCell?.(cell);
      if (broken.length === 0 || database !== null) continue;
      await world.arena.close();
      world = null;
    }
  } finally {
    await world?.arena.close();
  }
  return cells;
}

/** Every point with every kind of message that passes it, kind by kind. */
export function reachable(): { point: Point; kind: Kind }[] {
  return kinds.flatMap((kind) =>
    points.filter(({ station }) => kind.stations.includes(station)).map((point) => ({ point, kind })),
  );
}
