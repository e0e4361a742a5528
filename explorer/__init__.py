"""The interface: the only place that knows Streamlit and Plotly."""
