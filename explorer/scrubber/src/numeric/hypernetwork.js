/** Context to weights: tanh layers, the last one linear, in float64 on stored float32 parameters. */

/** Evaluates the hypernetwork without allocating: buffers are made once. */
export class Hypernetwork {
  /** @param {{layers: {rows: number, columns: number, weight: Float32Array, bias: Float32Array}[], inputScale: Float32Array}} model */
  constructor({ layers, inputScale }) {
    this.layers = layers;
    this.inputScale = inputScale;
    this.input = new Float64Array(inputScale.length);
    this.outputs = layers.map((layer) => new Float64Array(layer.rows));
  }

  /**
   * @param {Float64Array} context (D,)
   * @returns {Float64Array} (O,): U as (R, M), V as (R, M), then the bias (M,) if the model has one; valid until the next call
   */
  evaluate(context) {
    for (let d = 0; d < this.input.length; d++) this.input[d] = context[d] * this.inputScale[d];
    let input = this.input;
    for (let index = 0; index < this.layers.length; index++) {
      const output = this.outputs[index];
      affine(this.layers[index], input, output);
      if (index < this.layers.length - 1) for (let i = 0; i < output.length; i++) output[i] = Math.tanh(output[i]);
      input = output;
    }
    return input;
  }
}

/** output = weight input + bias, four partial sums so that the additions overlap. */
export function affine({ rows, columns, weight, bias }, input, output) {
  const whole = columns - (columns % 4);
  for (let row = 0, at = 0; row < rows; row++, at += columns) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0, k = 0;
    for (; k < whole; k += 4) {
      s0 += weight[at + k] * input[k];
      s1 += weight[at + k + 1] * input[k + 1];
      s2 += weight[at + k + 2] * input[k + 2];
      s3 += weight[at + k + 3] * input[k + 3];
    }
    for (; k < columns; k++) s0 += weight[at + k] * input[k];
    output[row] = s0 + s1 + (s2 + s3) + bias[row];
  }
}
