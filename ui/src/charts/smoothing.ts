/** Smoothed curves: what is left of noise by an exponential moving average. */

/**
 * Returns the exponential moving average of values, without the bias of its beginning.
 *
 * The weight is per logged point, as in TensorBoard. A reduced series has fewer points than were logged, at
 * uneven distances; each step then weighs as many points as it stands for, so that a curve looks the same
 * however far it is reduced, and does not jump when a zoom fetches detail.
 *
 * @param x Ascending positions.
 * @param y Values; what is not finite stays as it is, and the average goes on behind it.
 * @param weight Weight of the past, 0 (none) to below 1.
 * @param total How many points were logged between the first and the last position.
 */
export function smooth(x: Float64Array, y: Float64Array, weight: number, total = x.length): Float64Array {
  const smoothed = new Float64Array(y.length);
  const count = x.length;
  const span = count ? x[count - 1]! - x[0]! : 0;
  const pointsPerUnit = span > 0 ? (total - 1) / span : 0;
  let average = 0;
  let known = 0; // the sum of the weights so far: what the average lacks at its beginning
  let last = NaN;
  for (let i = 0; i < count; i++) {
    const value = y[i]!;
    if (!Number.isFinite(value)) {
      smoothed[i] = value;
      continue;
    }
    const steps = Number.isNaN(last) || !pointsPerUnit ? 1 : Math.max((x[i]! - last) * pointsPerUnit, 1e-9);
    const past = weight ** steps;
    average = average * past + value * (1 - past);
    known = known * past + (1 - past);
    smoothed[i] = known > 0 ? average / known : value;
    last = x[i]!;
  }
  return smoothed;
}
