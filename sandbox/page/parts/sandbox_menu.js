// An overflow menu: a button with three dots and a list of options.
import { hide, place, show } from "sandbox_popup";

let menus = 0;

export default {
  inheritAttrs: false,
  template: `
    <span class="menu">
      <button v-bind="$attrs" ref="button" type="button" class="button overflow" aria-haspopup="menu"
        :aria-expanded="open ? 'true' : 'false'" :aria-controls="name" @click="open ? fold() : unfold(0)" @keydown="keyedButton">
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true"><g fill="currentColor">
          <circle cx="4" cy="10" r="1.7"/><circle cx="10" cy="10" r="1.7"/><circle cx="16" cy="10" r="1.7"/></g></svg>
      </button>
      <span popover="manual" ref="popup" class="popup menu-list" role="menu" :id="name" :aria-label="$attrs['aria-label']"
        @keydown="keyed" @focusout="left">
        <template v-if="open">
          <button v-for="(option, index) in options" :key="option.key" type="button" role="menuitem" class="option" tabindex="-1"
            ref="items" @click="pick(option)" @mousemove="$event.currentTarget.focus()">
            <span class="option-text">{{ option.text }}</span>
            <span v-if="option.description" class="option-more">{{ option.description }}</span>
          </button>
        </template>
      </span>
    </span>`,
  props: { options: { type: Array, default: () => [] } },
  emits: ["picked"],
  data() {
    return { open: false, name: `sandbox-menu-${++menus}` };
  },
  mounted() {
    this.follow = () => this.open && place(this.$refs.popup, this.$refs.button);
    this.outside = (event) => this.open && !this.$el.contains(event.target) && this.fold(false);
    window.addEventListener("scroll", this.follow, true);
    document.addEventListener("mousedown", this.outside, true);
  },
  beforeUnmount() {
    window.removeEventListener("scroll", this.follow, true);
    document.removeEventListener("mousedown", this.outside, true);
  },
  methods: {
    unfold(at) {
      this.open = true;
      this.$nextTick(() => {
        show(this.$refs.popup, this.$refs.button);
        this.go(at);
      });
    },
    fold(back = true) {
      if (!this.open) return;
      this.open = false;
      hide(this.$refs.popup);
      if (back) this.$refs.button.focus();
    },
    left(event) {
      if (event.relatedTarget && !this.$el.contains(event.relatedTarget)) this.fold(false);
    },
    go(at) {
      const items = this.$refs.items ?? [];
      items[(at + items.length) % items.length]?.focus();
    },
    pick(option) {
      this.fold();
      if (option.url) window.open(option.url, "_blank", "noopener,noreferrer");
      this.$emit("picked", option.key);
    },
    keyedButton(event) {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      this.unfold(event.key === "ArrowDown" ? 0 : -1);
    },
    keyed(event) {
      const at = (this.$refs.items ?? []).indexOf(document.activeElement);
      if (event.key === "ArrowDown") this.go(at + 1);
      else if (event.key === "ArrowUp") this.go(at - 1);
      else if (event.key === "Home") this.go(0);
      else if (event.key === "End") this.go(-1);
      else if (event.key === "Escape") this.fold();
      else if (event.key === "Tab") return this.fold();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    focus() {
      this.$refs.button.focus();
    },
  },
};
