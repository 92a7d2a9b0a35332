"""What `paygrade explore` tells Streamlit to run; the page's own modules load only once."""

if __name__ == "__main__":  # not in the process that works rules off, which loads this file too
    import sys
    from pathlib import Path

    from paygrade.web.page import show

    show(Path(sys.argv[1]) if sys.argv[1:] else None)
