// A modal dialog of the browser's own: it keeps the focus inside, Escape asks to leave, and the focus returns where it was.

export default {
  template: `<dialog ref="dialog" class="dialog" @cancel="cancelled" @keydown="keyed"><slot></slot></dialog>`,
  emits: ["left", "submitted"],
  mounted() {
    this.before = document.activeElement;
    this.$refs.dialog.showModal();
  },
  beforeUnmount() {
    this.$refs.dialog.close();
    if (this.before?.isConnected) this.before.focus();
  },
  methods: {
    cancelled(event) {
      event.preventDefault();
      if (event.target === this.$refs.dialog) this.$emit("left");
    },
    keyed(event) {
      // Chromium closes a dialog on the second Escape even where the first was refused; so Escape is taken here.
      if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        this.$emit("left");
      }
    },
  },
};
