"""The few rules of style that Streamlit's own theme lacks; colours follow light and dark."""

STYLE = """<style>
.verdict { border-left: 0.4rem solid; padding: 0.5rem 1rem; border-radius: 0.3rem; }
.verdict p { margin: 0.15rem 0; }
.verdict .headline { font-size: 1.25rem; font-weight: 600; }
.verdict .proof { opacity: 0.8; font-size: 0.9rem; }
.verdict.good { border-color: #2c9a6f; background: color-mix(in srgb, #2c9a6f 12%, Canvas); }
.verdict.bad { border-color: #d96b1f; background: color-mix(in srgb, #d96b1f 12%, Canvas); }
.verdict.open { border-color: #808495; background: color-mix(in srgb, #808495 12%, Canvas); }
@media (max-width: 640px) {
  .verdict { padding: 0.3rem 0.6rem; }
  .verdict .headline { font-size: 1rem; }
  .verdict p { font-size: 0.85rem; line-height: 1.3; }
}
div:has(> .st-key-verdict) { position: sticky; top: 3.75rem; z-index: 50; }
</style>"""
