const WIDTH = 100;
const HEIGHT = 24;

/** Values as the path of a small line in a drawing 100 × 24 units large, the lowest at its bottom; null for fewer than two. */
export function sparklinePath(values: number[]): string | null {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * WIDTH;
    // What never moves is a line in the middle.
    const y = high === low ? HEIGHT / 2 : HEIGHT - ((value - low) / (high - low)) * HEIGHT;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M ${points.join(' L ')}`;
}
