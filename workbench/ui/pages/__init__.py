"""The pages, one module each; `build` fills the Gradio context it is called in."""
