/** One column of a bulk write: its name, its PostgreSQL type and its value for a row. */
export type Column<Row> = [name: string, type: string, value: (row: Row) => unknown];

/**
 * What `INSERT … SELECT … FROM unnest(…)` needs for rows of any number: the column names, the unnest call and its
 * parameters, one array per column. Arrays and objects travel as JSON text.
 */
export function bulkSource<Row>(columns: Column<Row>[], rows: Row[]) {
  const names = columns.map(([name]) => name);
  return {
    names,
    unnest: `unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) AS source(${names.join(', ')})`,
    parameters: columns.map(([, , value]) => rows.map(value)),
  };
}
