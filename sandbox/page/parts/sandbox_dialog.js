// A modal dialog of the browser's own: it keeps the focus inside, Escape asks to leave, and the focus returns where it was.

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
      // Chromium closes a dialog on the second Escape even where the first was refused. Whether it ends is not for the
      // browser to say: it stands until it is taken away.
      if (this.over || event.target !== this.$refs.dialog) return;
      this.$refs.dialog.showModal();
      this.$emit("left");
    },
    keyed(event) {
      // Taken here while something in the dialog has the focus, before the browser makes anything of it.
      if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        this.$emit("left");
      }
    },
  },
};
