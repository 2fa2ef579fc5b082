/** Follows a function that forgets what is old to its end; gives the rows that each unit of work took. */
export async function unitsOf(forgetting: AsyncIterable<number>): Promise<number[]> {
  const units: number[] = [];
  for await (const rows of forgetting) units.push(rows);
  return units;
}

/** The same, all units together. */
export async function rowsOf(forgetting: AsyncIterable<number>): Promise<number> {
  return (await unitsOf(forgetting)).reduce((total, rows) => total + rows, 0);
}
