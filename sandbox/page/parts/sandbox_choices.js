// Radio buttons or checkboxes. The ticked options are kept here; the page gets each change and may set others.

let groups = 0;

export default {
  inheritAttrs: false,
  template: `
    <span v-bind="$attrs" class="choices" :role="single ? 'radiogroup' : 'group'">
      <label v-for="(option, index) in options" :key="option.key" class="choice">
        <input :type="single ? 'radio' : 'checkbox'" :name="name" :checked="ticked.includes(option.key)" ref="inputs"
          :autofocus="autofocus && index === 0" :aria-labelledby="name + '-' + index"
          :aria-describedby="option.description ? name + '-more-' + index : null" @change="changed(option.key, $event.target.checked)">
        <span class="choice-words"><span :id="name + '-' + index" v-html="option.text"></span>
          <span v-if="option.description" class="choice-more" :id="name + '-more-' + index" v-html="option.description"></span></span>
      </label>
    </span>`,
  props: {
    options: { type: Array, default: () => [] },
    initial: { type: Array, default: () => [] },
    single: Boolean,
    autofocus: Boolean,
  },
  emits: ["chosen"],
  data() {
    return { name: `sandbox-choices-${++groups}`, ticked: [...this.initial] };
  },
  mounted() {
    if (this.autofocus) this.focus();
  },
  methods: {
    changed(key, on) {
      if (this.single) this.ticked = [key];
      else {
        const now = new Set(this.ticked);
        if (on) now.add(key);
        else now.delete(key);
        // In the order of the options, as Slack reports them.
        this.ticked = this.options.map((option) => option.key).filter((other) => now.has(other));
      }
      this.$emit("chosen", this.ticked);
    },
    set(keys) {
      this.ticked = [...keys];
    },
    focus() {
      this.$refs.inputs?.[0]?.focus();
    },
  },
};
