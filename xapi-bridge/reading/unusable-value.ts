/** A value of a statement that nothing can be made of. Its message names the member and the limit, never the value. */
export class UnusableValue extends RangeError {}
