// A modal dialog of the browser: it keeps the focus inside, Escape asks to close it, and the focus returns afterwards.

export default {
  template: `<dialog ref="dialog" class="dialog" @cancel="cancelled" @close="closed" @keydown="keyed"><slot></slot></dialog>`,
  emits: ["left", "submitted"],
  mounted() {
    this.before = document.activeElement;
    this.$refs.dialog.showModal();
  },
  beforeUnmount() {
    this.over = true;
    this.$refs.dialog.close();
    if (this.before?.isConnected) this.before.focus();
  },
  methods: {
    cancelled(event) {
      event.preventDefault();
      if (event.target === this.$refs.dialog) this.$emit("left");
    },
    closed(event) {
      // Chromium closes a dialog on the second Escape even if the first was refused. The browser must not decide
      // whether it closes: the dialog stays until the page removes it.
      if (this.over || event.target !== this.$refs.dialog) return;
      this.$refs.dialog.showModal();
      this.$emit("left");
    },
    keyed(event) {
      // Handled here while something in the dialog has the focus, before the browser acts on it.
      if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        this.$emit("left");
      }
    },
  },
};
