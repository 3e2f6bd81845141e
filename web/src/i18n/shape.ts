/** The same keys with any text: a translation of this type cannot lack a key, the compiler refuses it. */
export type Shape<Texts> = {
  readonly [Key in keyof Texts]: Texts[Key] extends string ? string : Shape<Texts[Key]>;
};
