"""Small preference data sets in the true schema of their originals."""

import json
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]
HARMS = ("Violence", "Cybercrime", "Privacy Violation")


def safe_rlhf() -> Rows:
    rows = []
    for i, (better, safer) in enumerate([(1, 1), (0, 1), (0, 0)]):
        row: dict[str, Any] = {"prompt": f"question {i}", "prompt_source": "Alpaca3-70B"}
        for side in (0, 1):
            row |= {
                f"response_{side}": f"answer {i}.{side}",
                f"response_{side}_source": "Alpaca-7B",
                f"is_response_{side}_safe": side == safer,
                f"response_{side}_harm_category": dict.fromkeys(HARMS, side != safer),
                f"response_{side}_severity_level": 0 if side == safer else 2,
                f"response_{side}_sha256": f"{i}{side}" * 8,
            }
        rows.append(row | {"better_response_id": better, "safer_response_id": safer})
    return rows


def helpsteer() -> Rows:
    """Four responses to the first prompt, two to the second, one to the third."""
    ratings = [("p1", r) for r in (4, 2, 2, 0)] + [("p2", r) for r in (1, 3)] + [("p3", 4)]
    return [
        {"prompt": prompt, "response": f"{prompt} response {i}", "helpfulness": rating,
         "correctness": 4 - rating, "coherence": 4, "complexity": 1, "verbosity": 2}
        for i, (prompt, rating) in enumerate(ratings)
    ]  # fmt: skip


def disagreements() -> Rows:
    every = {"correctness": [3, 3, 4], "coherence": [4, 4, 4], "complexity": [1, 2, 1]}
    return [
        {"prompt": "p", "response": f"r{i}", "helpfulness": each, "verbosity": [1, 2, 2], **every}
        for i, each in enumerate(([4, 3, 3], [3, 2, 2]))
    ]


def helpsteer_preference() -> Rows:
    every = [(-3, [-3, -2, 1]), (2, [2, 1, -100]), (0, [0, 1, -1])]
    return [
        {
            "split": "train" if i else "val",
            "prompt": f"p{i}",
            "response_1": "one",
            "response_2": "two",
            "preference_strength": strength,
            "preference_statement": "Response 1 is better.",
            "preference_elaboration": "It is.",
            "three_most_similar_preferences": [],
            "all_preferences_unprocessed": [
                {"strength": each, "justification": "@Response"} for each in strengths
            ],
        }
        for i, (strength, strengths) in enumerate(every)
    ]


def ultrafeedback() -> Rows:
    rating = {"Rating": "4", "Rationale": "good"}
    asked = ("helpfulness", "honesty", "instruction_following", "truthfulness")
    models = ["falcon-40b", "gpt-4", "llama-2-7b", "mpt-30b"]
    return [
        {
            "source": "sharegpt",
            "instruction": f"instruction {i}",
            "models": models,
            "completions": [
                {"model": model, "response": f"{model} says {i}", "principle": "honesty",
                 "custom_system_prompt": "Be honest.", "critique": "Fine.",
                 "annotations": dict.fromkeys(asked, rating),
                 "overall_score": float(score), "fine-grained_score": score / 2}
                for model, score in zip(models, scores, strict=True)
            ],
            "correct_answers": ["None"],
            "incorrect_answers": ["None"],
        }
        for i, scores in enumerate([(3, 9, 7, 7), (1, 10, 2, 5)])
    ]  # fmt: skip


def skywork(rows: int = 4) -> Rows:
    user = [{"content": f"question {i}", "role": "user"} for i in range(rows)]
    return [
        {
            "chosen": [user[i], {"content": f"good {i}", "role": "assistant"}],
            "rejected": [user[i], {"content": f"bad {i}", "role": "assistant"}],
            "source": "magpie_ultra" if i % 2 else "helpsteer2",
        }
        for i in range(rows)
    ]


def binarized() -> Rows:
    return [
        {"prompt": "hi", "prompt_id": "x1", "messages": [], "score_chosen": 8.5, **chosen,
         "score_rejected": 3.0}
        for chosen in skywork(1)
    ]  # fmt: skip


def trl(rows: int = 4) -> Rows:
    return [
        {"prompt": f"2 + {i}?", "chosen": str(2 + i), "rejected": str(3 + i)} for i in range(rows)
    ]


SETS = {
    "pku-saferlhf": safe_rlhf,
    "helpsteer": helpsteer,
    "helpsteer2-preference": helpsteer_preference,
    "ultrafeedback": ultrafeedback,
    "trl": skywork,
}


def write_lines(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n" * bool(lines), encoding="utf-8")
    return path
