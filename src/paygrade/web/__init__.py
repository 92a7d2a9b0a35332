"""The page of `paygrade explore` in Streamlit, one file a panel; what it says is in `explore`."""
