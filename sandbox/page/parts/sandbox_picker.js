// One select: a combobox with a list, for one or several choices, from given options or from those that the app offers
// while a person types.
import { hide, place, show } from "sandbox_popup";

let lists = 0;

export default {
  inheritAttrs: false,
  template: `
    <span class="picker" :class="{ multi, open, busy: waiting }" ref="anchor" @mousedown="pressed">
      <span v-for="option in multi ? chosen : []" :key="option.key" class="chip">{{ option.text }}
        <button type="button" class="chip-x" :aria-label="'Remove ' + option.text" :disabled="$attrs.disabled"
          @mousedown.stop @click.stop="toggle(option)">×</button></span>
      <input v-bind="$attrs" ref="input" class="picker-input" role="combobox" autocomplete="off" spellcheck="false" :autofocus="autofocus"
        aria-autocomplete="list" :aria-expanded="open ? 'true' : 'false'" :aria-controls="list"
        :aria-activedescendant="open && active >= 0 ? list + '-' + active : null"
        :placeholder="multi && chosen.length ? '' : placeholder" :value="shown"
        @input="typed" @keydown="keyed" @blur="left">
      <svg class="chevron" viewBox="0 0 20 20" aria-hidden="true"><path d="M5 8l5 5 5-5" fill="none" stroke="currentColor" stroke-width="2"/></svg>
      <span popover="manual" class="popup listbox" ref="popup" role="listbox" :id="list" :aria-label="$attrs['aria-label'] || placeholder"
        :aria-multiselectable="multi ? 'true' : null" @mousedown.prevent>
        <template v-if="open">
          <span v-if="note" class="popup-note" role="option" aria-disabled="true" aria-selected="false">{{ note }}</span>
          <template v-for="group in visible" :key="group.label">
            <span v-if="group.label" class="group-label" role="presentation">{{ group.label }}</span>
            <span v-for="option in group.options" :key="option.key" role="option" class="option" :id="list + '-' + option.at"
              :class="{ active: option.at === active, chosen: has(option.key) }" :aria-selected="has(option.key) ? 'true' : 'false'"
              @mousemove="active = option.at" @click="toggle(option)">
              <span class="option-text">{{ option.text }}</span>
              <span v-if="option.description" class="option-more">{{ option.description }}</span>
            </span>
          </template>
        </template>
      </span>
    </span>`,
  props: {
    groups: { type: Array, default: () => [] },
    initial: { type: Array, default: () => [] },
    placeholder: { type: String, default: "" },
    multi: Boolean,
    external: Boolean,
    fewest: { type: Number, default: 0 },
    most: Number,
    autofocus: Boolean,
  },
  emits: ["chosen", "asked"],
  data() {
    return {
      list: `sandbox-list-${++lists}`,
      chosen: [...this.initial],
      open: false,
      query: null,
      active: -1,
      offered: null,
      trouble: "",
      waiting: false,
      asked: 0,
    };
  },
  computed: {
    shown() {
      if (this.query !== null) return this.query;
      return this.multi ? "" : (this.chosen[0]?.text ?? "");
    },
    visible() {
      const wanted = (this.query ?? "").trim().toLowerCase();
      const source = this.external ? (this.offered ?? []) : this.groups;
      let at = 0;
      return source
        .map((group) => ({
          label: group.label,
          options: group.options
            .filter((option) => this.external || !wanted || option.text.toLowerCase().includes(wanted))
            .map((option) => ({ ...option, at: at++ })),
        }))
        .filter((group) => group.options.length);
    },
    options() {
      return this.visible.flatMap((group) => group.options);
    },
    note() {
      if (this.external && (this.query ?? "").length < this.fewest) {
        return `Type ${this.fewest} or more characters to search`;
      }
      if (this.waiting) return "Loading…";
      if (this.trouble) return this.trouble;
      return this.options.length ? "" : "No matching results found";
    },
  },
  watch: {
    options() {
      if (this.active >= this.options.length) this.active = this.options.length - 1;
      this.$nextTick(() => this.open && place(this.$refs.popup, this.$refs.anchor));
    },
  },
  mounted() {
    if (this.autofocus) this.$refs.input.focus();
    this.follow = () => this.open && place(this.$refs.popup, this.$refs.anchor);
    window.addEventListener("scroll", this.follow, true);
    window.addEventListener("resize", this.follow);
  },
  beforeUnmount() {
    clearTimeout(this.timer);
    window.removeEventListener("scroll", this.follow, true);
    window.removeEventListener("resize", this.follow);
  },
  methods: {
    has(key) {
      return this.chosen.some((option) => option.key === key);
    },
    unfold() {
      if (this.open || this.$refs.input.disabled) return;
      this.open = true;
      this.active = this.multi ? 0 : Math.max(0, this.options.findIndex((option) => this.has(option.key)));
      if (this.external) this.ask(0);
      else this.$refs.input.select();
      this.$nextTick(() => {
        show(this.$refs.popup, this.$refs.anchor);
        this.reveal();
      });
    },
    fold() {
      clearTimeout(this.timer);
      this.open = false;
      this.query = null;
      this.active = -1;
      hide(this.$refs.popup);
    },
    left() {
      this.fold();
    },
    pressed(event) {
      if (this.$refs.popup.contains(event.target)) return;
      if (event.target !== this.$refs.input) event.preventDefault();
      this.$refs.input.focus();
      if (this.open && event.target !== this.$refs.input) this.fold();
      else setTimeout(() => this.unfold());
    },
    typed(event) {
      this.query = event.target.value;
      if (!this.open) this.unfold();
      this.active = 0;
      if (this.external) this.ask(200);
    },
    ask(pause) {
      clearTimeout(this.timer);
      const query = this.query ?? "";
      const number = ++this.asked;
      this.trouble = "";
      if (query.length < this.fewest) {
        this.waiting = false;
        this.offered = [];
        return;
      }
      this.waiting = true;
      this.timer = setTimeout(() => this.$emit("asked", query.toWellFormed(), number), pause);
    },
    results(number, groups, trouble) {
      if (number !== this.asked) return;
      this.waiting = false;
      this.offered = groups;
      this.trouble = trouble;
      this.active = groups.length ? 0 : -1;
    },
    toggle(option) {
      const { key, text } = option;
      if (this.multi) {
        if (this.has(key)) this.chosen = this.chosen.filter((other) => other.key !== key);
        else if (this.most === undefined || this.chosen.length < this.most) this.chosen = [...this.chosen, { key, text }];
        else return;
        this.query = null;
        this.$refs.input.value = "";
        if (this.external && this.open) this.ask(0);
      } else {
        this.chosen = [{ key, text }];
        this.fold();
      }
      this.$emit("chosen", this.chosen.map((other) => other.key));
    },
    reveal() {
      document.getElementById(`${this.list}-${this.active}`)?.scrollIntoView({ block: "nearest" });
    },
    move(to) {
      this.active = Math.max(0, Math.min(this.options.length - 1, to));
      this.$nextTick(this.reveal);
    },
    keyed(event) {
      if (event.isComposing) return;
      const key = event.key;
      if (!this.open) {
        if (["ArrowDown", "ArrowUp", "Enter", " "].includes(key)) {
          event.preventDefault();
          this.unfold();
        } else if (key === "Backspace") this.takeBack();
        return;
      }
      if (key === "ArrowDown") this.move(this.active + 1);
      else if (key === "ArrowUp") this.move(this.active - 1);
      else if (key === "PageDown") this.move(this.active + 8);
      else if (key === "PageUp") this.move(this.active - 8);
      else if (key === "Enter") {
        if (this.options[this.active]) this.toggle(this.options[this.active]);
      } else if (key === "Escape") this.fold();
      else if (key === "Backspace") return this.takeBack();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    takeBack() {
      if (this.multi && !(this.query ?? "") && this.chosen.length) this.toggle(this.chosen[this.chosen.length - 1]);
    },
    set(chosen) {
      this.chosen = [...chosen];
    },
    focus() {
      this.$refs.input.focus();
    },
  },
};
