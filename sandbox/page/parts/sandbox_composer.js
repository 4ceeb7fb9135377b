// The box in which a message is written: Enter sends, Shift+Enter starts a line, "/" lists the commands.
import { hide, show } from "sandbox_popup";

let boxes = 0;

export default {
  inheritAttrs: false,
  template: `
    <div class="composer-box" ref="anchor">
      <textarea v-bind="$attrs" ref="input" class="composer-input" rows="1" :value="text" role="combobox" aria-autocomplete="list"
        :aria-expanded="open ? 'true' : 'false'" :aria-controls="list"
        :aria-activedescendant="open ? list + '-' + active : null" @input="typed" @keydown="keyed" @blur="fold"></textarea>
      <div class="composer-bar">
        <span class="composer-hint" aria-hidden="true"><b>Enter</b> to send · <b>Shift+Enter</b> for a new line<template
          v-if="commands.length"> · <b>/</b> for commands</template></span>
        <button type="button" class="send" aria-label="Send now" :disabled="!text.trim() || $attrs.disabled" @click="send">
          <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><path fill="currentColor"
            d="M2.2 2.3a.6.6 0 0 1 .8-.7l15 7.9a.6.6 0 0 1 0 1L3 18.4a.6.6 0 0 1-.8-.7l1.6-6.5 8-1.2-8-1.2z"/></svg>
        </button>
      </div>
      <div popover="manual" ref="popup" class="popup commands" role="listbox" aria-label="Commands" :id="list" @mousedown.prevent>
        <div v-for="(command, index) in matching" :key="command.name" role="option" class="option command"
          :id="list + '-' + index" :class="{ active: index === active }" :aria-selected="index === active ? 'true' : 'false'"
          @mousemove="active = index" @click="complete(command)">
          <span class="option-text"><b>{{ command.name }}</b></span><span class="option-more">{{ command.hint }}</span>
        </div>
      </div>
    </div>`,
  props: { commands: { type: Array, default: () => [] }, autofocus: Boolean },
  emits: ["sent"],
  data() {
    return { text: "", open: false, active: 0, list: `sandbox-commands-${++boxes}` };
  },
  computed: {
    matching() {
      if (!this.text.startsWith("/") || /\s/.test(this.text)) return [];
      return this.commands.filter((command) => command.name.startsWith(this.text.toLowerCase()));
    },
  },
  watch: {
    matching(found) {
      this.active = 0;
      const wanted = found.length > 0 && document.activeElement === this.$refs.input;
      this.open = wanted;
      this.$nextTick(() => (wanted ? show(this.$refs.popup, this.$refs.anchor) : hide(this.$refs.popup)));
    },
  },
  mounted() {
    if (this.autofocus) this.$refs.input.focus();
  },
  methods: {
    grow() {
      const input = this.$refs.input;
      input.style.height = "auto";
      input.style.height = `${Math.min(input.scrollHeight, 200)}px`;
    },
    typed(event) {
      this.text = event.target.value.toWellFormed();
      this.grow();
    },
    fold() {
      this.open = false;
      hide(this.$refs.popup);
    },
    complete(command) {
      this.text = `${command.name} `;
      this.fold();
      this.$refs.input.focus();
    },
    send() {
      const text = this.text.trim();
      if (!text || this.$attrs.disabled) return;
      this.text = "";
      this.$emit("sent", text);
      this.$nextTick(this.grow);
      this.$refs.input.focus();
    },
    keyed(event) {
      if (event.isComposing) return;
      const found = this.matching;
      if (this.open && found.length) {
        if (event.key === "ArrowDown") this.active = (this.active + 1) % found.length;
        else if (event.key === "ArrowUp") this.active = (this.active + found.length - 1) % found.length;
        else if (event.key === "Escape") this.fold();
        else if (event.key === "Tab" || (event.key === "Enter" && found[this.active].name !== this.text)) this.complete(found[this.active]);
        else if (event.key === "Enter" && !event.shiftKey) this.send();
        else return;
        event.preventDefault();
        return;
      }
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        this.send();
      }
    },
    put(text) {
      if (!this.text) this.text = text;
      this.$nextTick(this.grow);
    },
    focus() {
      this.$refs.input.focus();
    },
  },
};
