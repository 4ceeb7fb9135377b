// One field to type in: text, several lines, a number, a date, a time. Typed input is kept here, so that redrawing the
// page around it never loses it; the page gets each change and may set another value. Half of a surrogate pair, which
// cannot be sent, becomes the replacement character, here and in the other parts.

export default {
  inheritAttrs: false,
  template: `
    <span class="field" :class="{ counted: counter }">
      <textarea v-if="kind === 'multiline'" v-bind="$attrs" ref="input" class="input" rows="3" :value="text" :autofocus="autofocus"
        :maxlength="maxlength" @input="typed" @keydown="pressed"></textarea>
      <input v-else v-bind="$attrs" ref="input" class="input" :class="'input-' + kind" :type="type" :value="text"
        :autofocus="autofocus" :inputmode="kind === 'number' ? 'decimal' : null" :maxlength="maxlength" autocomplete="off"
        @input="typed" @change="changed" @blur="left" @keydown="pressed">
      <span v-if="counter" class="counter" aria-hidden="true">{{ left_over }}</span>
    </span>`,
  props: {
    kind: { type: String, default: "text" },
    initial: { type: String, default: "" },
    maxlength: Number,
    autofocus: Boolean,
  },
  emits: ["typed", "entered"],
  data() {
    return { text: this.initial, told: this.initial };
  },
  computed: {
    type() {
      return { date: "date", time: "time", email: "email", url: "url" }[this.kind] ?? "text";
    },
    left_over() {
      return this.maxlength - this.text.length;
    },
    counter() {
      return this.maxlength !== undefined && this.maxlength <= 3000 && this.left_over < Math.max(20, this.maxlength / 10);
    },
    picked() {
      return this.kind === "date" || this.kind === "time";
    },
  },
  mounted() {
    if (this.autofocus) this.$refs.input.focus();
  },
  methods: {
    tell() {
      if (this.text === this.told) return;
      this.told = this.text;
      this.$emit("typed", this.text);
    },
    typed(event) {
      this.text = event.target.value.toWellFormed();
      if (!this.picked) this.tell();
    },
    changed(event) {
      this.text = event.target.value.toWellFormed();
      // A year passes through 0002 and 0020 while it is typed: those are told only when the field is left.
      if (!/^0/.test(this.text) || this.kind === "time") this.tell();
    },
    left() {
      this.tell();
    },
    pressed(event) {
      if (event.key !== "Enter" || event.isComposing) return;
      if (this.kind === "multiline" && !event.metaKey && !event.ctrlKey) return;
      event.preventDefault();
      this.tell();
      this.$emit("entered", this.text, event.metaKey || event.ctrlKey);
    },
    set(value) {
      this.text = this.told = value;
    },
    focus() {
      this.$refs.input.focus();
    },
  },
};
